// O2MTensor
