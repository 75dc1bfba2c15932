"""A package such as a user has: layers and losses of their own, which specs in the tests name."""
