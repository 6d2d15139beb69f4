"""Kinds of networks with one interface."""
