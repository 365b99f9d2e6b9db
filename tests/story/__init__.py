"""The walking story: one support case from its mail to its posted invoice."""
