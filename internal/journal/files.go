package journal

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// fileNames are a journal's files, oldest first.
type fileNames []string

func (f fileNames) last() string { return f[len(f)-1] }

const (
	filePattern = "decisions-*.jsonl"
	fileFormat  = "decisions-%06d.jsonl"
)

func (j *Journal) files() (fileNames, error) {
	found, err := filepath.Glob(filepath.Join(j.dir, filePattern))
	if err != nil {
		return nil, err
	}
	slices.Sort(found)
	return found, nil
}

func (j *Journal) fileOf(number int) string {
	return filepath.Join(j.dir, fmt.Sprintf(fileFormat, number))
}

// next gives the name of the file after the last one.
func (j *Journal) next(files fileNames) (string, error) {
	if len(files) == 0 {
		return j.fileOf(1), nil
	}
	var number int
	if _, err := fmt.Sscanf(filepath.Base(files.last()), fileFormat, &number); err != nil {
		return "", fmt.Errorf("%s is not named as a file of ours (%s): move it away", files.last(), fileFormat)
	}
	return j.fileOf(number + 1), nil
}

// room gives the files with one at the end that takes n bytes more.
func (j *Journal) room(files fileNames, n int) (fileNames, error) {
	if len(files) > 0 {
		info, err := os.Stat(files.last())
		if err != nil {
			return nil, err
		}
		if info.Size()+int64(n) <= int64(j.o.FileSize) {
			return files, nil
		}
	}
	if len(files) >= j.o.Files {
		var err error
		if files, err = j.compact(files); err != nil {
			return nil, fmt.Errorf("compact its files: %w", err)
		}
	}
	name, err := j.next(files)
	return append(files, name), err
}

// compact writes what still counts into one new file and then removes the
// others: the latest entry of each subject, and the newest without one. A crash
// on the way leaves entries twice, which is harmless.
func (j *Journal) compact(files fileNames) (fileNames, error) {
	var all []Entry
	damaged := make(map[string]bool)
	for _, name := range files {
		entries, bad, err := j.read(name)
		if err != nil {
			return nil, err
		}
		all, damaged[name] = append(all, entries...), bad > 0
	}
	name, err := j.next(files)
	if err != nil {
		return nil, err
	}
	var text []byte
	for _, e := range Latest(all, j.o.History) {
		line, err := json.Marshal(e)
		if err != nil {
			return nil, err
		}
		text = append(append(text, line...), '\n')
	}
	if err := writeFile(name, text); err != nil {
		return nil, err
	}
	for _, old := range files {
		if damaged[old] {
			err = errors.Join(err, os.Rename(old, old+".damaged"))
		} else {
			err = errors.Join(err, os.Remove(old))
		}
	}
	return fileNames{name}, err
}

// Latest gives, in order of time, the latest entry of each kind and subject, and
// of those without a subject the newest, each once.
func Latest(entries []Entry, history int) []Entry {
	type subject struct{ kind, of string }
	sorted := slices.SortedStableFunc(slices.Values(entries), Entry.Compare)
	sorted = slices.CompactFunc(sorted, func(a, b Entry) bool { return a.Compare(b) == 0 })
	counted := make(map[subject]bool)
	var out []Entry
	for _, e := range slices.Backward(sorted) {
		s := subject{e.Kind, e.Subject}
		switch {
		case e.Subject == "" && history > 0:
			history--
		case e.Subject == "" || counted[s]:
			continue
		}
		counted[s] = true
		out = append(out, e)
	}
	slices.Reverse(out)
	return out
}

// Compare orders entries by time, those of one time by id.
func (e Entry) Compare(o Entry) int {
	return cmp.Or(e.At.Compare(o.At), strings.Compare(e.ID, o.ID), strings.Compare(e.Kind, o.Kind))
}

// writeFile puts a whole file in place at once: after a crash the old one is
// there, or the new one.
func writeFile(name string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".new-*")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return syncDir(filepath.Dir(name))
}

// lockTries is how often the lock is asked for, lockPause apart: whoever holds
// it does so for some milliseconds.
const (
	lockTries = 500
	lockPause = 10 * time.Millisecond
)

// locked does f while no other process reads or writes the folder.
func (j *Journal) locked(ctx context.Context, f func() error) (err error) {
	name := filepath.Join(j.dir, "lock")
	lock, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Close()) }() // frees it
	for try := 1; ; try++ {
		err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return f()
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) || try == lockTries {
			return fmt.Errorf("lock %s, which another process may hold: %w", name, err)
		}
		wait := time.NewTimer(lockPause)
		select {
		case <-ctx.Done():
			wait.Stop()
			return fmt.Errorf("lock %s, which another process holds: %w", name, ctx.Err())
		case <-wait.C:
		}
	}
}
