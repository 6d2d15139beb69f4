"""The command line of training and evaluation: one module per command."""
