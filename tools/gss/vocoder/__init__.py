"""The neural vocoder: HiFi-GAN's generator, discriminators for it, and its training."""
