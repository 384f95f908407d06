"""The description of the chip: loader (model) and one back end per kind of output."""
