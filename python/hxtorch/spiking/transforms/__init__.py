"""Encoders, decoders and weight transforms: plain tensor functions around a spiking network."""
