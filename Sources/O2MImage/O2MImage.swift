// O2MImage
