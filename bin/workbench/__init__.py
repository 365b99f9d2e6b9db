"""The set-up that the commands in bin/ share."""
