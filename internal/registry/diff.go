package registry

import (
	"cmp"
	"slices"

	"ocopsync/internal/ocop"
)

// Faults lists all faults that stand in this reading, those of products that
// were taken over too: at most MaxFaults, and how many more there are at least.
func (s *Staged) Faults() ([]ocop.Fault, int, error) {
	return collectFaults(s.loose, s.entries, s.Product)
}

// Faults is Staged.Faults of the held reading.
func (h *Held) Faults() ([]ocop.Fault, int, error) {
	return collectFaults(h.Meta().Loose, h.Entries(), h.Product)
}

func collectFaults(loose []ocop.Fault, entries []Entry, read func(Entry) (*ocop.Product, error)) ([]ocop.Fault, int, error) {
	var all faultList
	all.add(loose...)
	for _, e := range entries {
		if !e.Faulty() {
			continue
		}
		if all.more > 0 {
			all.more++
			continue
		}
		p, err := read(e)
		if err != nil {
			return nil, 0, err
		}
		all.add(p.Faults...)
	}
	return all.list, all.more, nil
}

func findCode(entries []Entry, code ocop.Code) (Entry, bool) {
	i, ok := slices.BinarySearchFunc(entries, code, func(e Entry, c ocop.Code) int { return cmp.Compare(e.Code, c) })
	if !ok {
		return Entry{}, false
	}
	return entries[i], true
}

// diff compares two readings, both sorted by code.
func diff(held, now []Entry) (changed, removed []ocop.Code) {
	i := 0
	for _, e := range now {
		for i < len(held) && held[i].Code < e.Code {
			removed = append(removed, held[i].Code)
			i++
		}
		if i < len(held) && held[i].Code == e.Code {
			if held[i].Hash != e.Hash {
				changed = append(changed, e.Code)
			}
			i++
			continue
		}
		changed = append(changed, e.Code)
	}
	for ; i < len(held); i++ {
		removed = append(removed, held[i].Code)
	}
	return changed, removed
}
