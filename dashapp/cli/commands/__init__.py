"""The commands, a module each family: they read arguments and print answers; what they do lives below."""
