// O2MPasses
