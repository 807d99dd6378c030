// O2MGraph
