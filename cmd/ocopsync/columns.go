package main

import (
	"maps"
	"slices"

	"ocopsync/internal/config"
	"ocopsync/internal/registry"
)

// knownColumns checks the keys of registry.columns and price_list.columns: what
// columns there are is the registry's to know, and package config knows no
// other room.
func knownColumns(c *config.Config, bad func(path, format string, args ...any)) {
	for _, of := range []struct {
		path    string
		columns map[string]string
	}{{"registry.columns", c.Registry.Columns}, {"price_list.columns", c.PriceList.Columns}} {
		for _, key := range slices.Sorted(maps.Keys(of.columns)) {
			if !registry.KnownColumn(key) {
				bad(of.path+"."+key, "no such column; known are %s", registry.ColumnNames())
			}
		}
	}
}
