"""Example scripts for spiking networks."""
