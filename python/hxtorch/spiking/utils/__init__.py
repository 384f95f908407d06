"""Tools around networks: readout sources, calibration, dynamic range, NIR."""
