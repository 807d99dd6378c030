// O2MBundle
