package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// A Mark is the memory that Redis was last seen to hold. Fewer writes of the
// same epoch, or another epoch, prove that Redis was restored, replaced or lost
// writes. As many or more prove nothing: what was written after the mark and
// before the process ended may be gone all the same, and others may have written
// since.
type Mark struct {
	Epoch  string    `json:"epoch"`
	Writes int64     `json:"writes"`
	At     time.Time `json:"at"`
}

// LoadMark gives the mark that was kept in a journal's folder, a zero one when
// there is none.
func LoadMark(dir string) (Mark, error) {
	name := markFile(dir)
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return Mark{}, nil
	}
	var m Mark
	if err == nil {
		err = json.Unmarshal(text, &m)
	}
	if err == nil && m.Epoch == "" {
		err = errors.New("no epoch in it")
	}
	if err != nil {
		return Mark{}, fmt.Errorf("read which memory was seen last (%s): %w", name, err)
	}
	return m, nil
}

// SaveMark keeps the mark in place of the last one, at once and as a whole. Of
// several processes on one folder the last one's stays.
func SaveMark(dir string, m Mark) error {
	text, err := json.Marshal(m)
	if err == nil {
		err = writeFile(markFile(dir), append(text, '\n'))
	}
	if err != nil {
		return fmt.Errorf("keep which memory was seen last: %w", err)
	}
	return nil
}

func markFile(dir string) string { return filepath.Join(dir, "memory.json") }
