"""archcompiler's answers compared with Keras's own: recorded layer calls, and random graphs built in both."""
