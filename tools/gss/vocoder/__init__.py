"""Neural vocoders: the source-filter one and HiFi-GAN's generator, discriminators, and their training."""
