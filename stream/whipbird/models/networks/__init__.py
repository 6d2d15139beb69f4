"""Kinds of networks, behind one interface."""
