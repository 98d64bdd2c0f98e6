"""Reference model, training and export of gss-wgpu's voices, in PyTorch."""
