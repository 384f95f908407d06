"""The graph of an experiment and its partition onto execution instances."""
