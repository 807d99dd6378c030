// O2MOps
