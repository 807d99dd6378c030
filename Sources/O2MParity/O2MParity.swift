// O2MParity
