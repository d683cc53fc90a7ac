package journal

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// An Entry is one decision, or one line of history.
type Entry struct {
	ID   string    `json:"id"` // of one kind no two have the same
	At   time.Time `json:"at"`
	Kind string    `json:"kind"`
	// Subject is what was decided on: of one kind and subject only the latest
	// entry counts. Without it the entry is history.
	Subject string `json:"subject,omitempty"`
	// Body says what was decided; none: what was decided before has ended.
	Body json.RawMessage `json:"body,omitempty"`
}

// Options bound a journal; zero fields take the defaults.
type Options struct {
	FileSize int // bytes after which a new file is begun: 1 MiB
	Files    int // beyond so many files they are compacted into one: 8
	History  int // newest entries without a subject that compacting keeps: 20,000
	// Notice is told of lines that could not be read and were passed over, with
	// file and line; nil: nobody is. It is called from any goroutine.
	Notice func(words string)
}

// A Journal is a folder of entries. It is safe for concurrent use, by several
// processes too, and holds nothing open between two calls.
type Journal struct {
	dir string
	o   Options
}

// Open makes the folder where it is not there, and cuts away the line that a
// crash left unfinished, which nobody was told is kept.
func Open(ctx context.Context, dir string, o Options) (*Journal, error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, fmt.Errorf("open the journal of decisions: %w", err)
	}
	if o.FileSize <= 0 {
		o.FileSize = 1 << 20
	}
	if o.Files <= 0 {
		o.Files = 8
	}
	if o.History <= 0 {
		o.History = 20_000
	}
	if o.Notice == nil {
		o.Notice = func(string) {}
	}
	j := &Journal{dir: dir, o: o}
	err := j.locked(ctx, func() error {
		files, err := j.files()
		if err != nil || len(files) == 0 {
			return err
		}
		return j.appendTo(files.last(), nil)
	})
	if err != nil {
		return nil, fmt.Errorf("open the journal of decisions: %w", err)
	}
	return j, nil
}

// Append keeps an entry: after a nil error it is on the disk. After any other
// nothing of it is, but where the disk itself fails.
func (j *Journal) Append(ctx context.Context, e Entry) error {
	line, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("journal a decision of kind %s: %w", e.Kind, err)
	}
	line = append(line, '\n')
	if len(line) > maxLine {
		return fmt.Errorf("journal a decision of kind %s: %d bytes, at most %d", e.Kind, len(line), maxLine)
	}
	err = j.locked(ctx, func() error {
		files, err := j.files()
		if err != nil {
			return err
		}
		if files, err = j.room(files, len(line)); err != nil {
			return err
		}
		return j.appendTo(files.last(), line)
	})
	if err != nil {
		return fmt.Errorf("journal a decision of kind %s: %w", e.Kind, err)
	}
	return nil
}

// Entries gives all entries, each file's in the order in which they were
// appended. One that a crash left twice comes twice.
func (j *Journal) Entries(ctx context.Context) ([]Entry, error) {
	var all []Entry
	err := j.locked(ctx, func() error {
		files, err := j.files()
		if err != nil {
			return err
		}
		for _, name := range files {
			entries, _, err := j.read(name)
			if err != nil {
				return err
			}
			all = append(all, entries...)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the journal of decisions: %w", err)
	}
	return all, nil
}

// maxLine bounds one entry, maxRead one file: more was never written by us.
const (
	maxLine = 256 << 10
	maxRead = 256 << 20
)

// read gives a file's entries and how many of its lines could not be read; each
// of these is told.
func (j *Journal) read(name string) (entries []Entry, bad int, err error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, 0, err
	}
	if info.Size() > maxRead {
		return nil, 0, fmt.Errorf("%s has %d bytes and is none of ours: move it away", name, info.Size())
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, 0, err
	}
	number := 0
	for line := range bytes.Lines(text) {
		number++
		var e Entry
		switch err := json.Unmarshal(line, &e); {
		case len(bytes.TrimSpace(line)) == 0:
		case err != nil:
			bad++
			j.o.Notice(fmt.Sprintf("%s, line %d: can't be read and is passed over: %v", name, number, err))
		case e.Kind == "" || e.ID == "" || e.At.IsZero():
			bad++
			j.o.Notice(fmt.Sprintf("%s, line %d: is passed over, for it lacks id, at or kind", name, number))
		default:
			entries = append(entries, e)
		}
	}
	return entries, bad, nil
}

// appendTo writes a whole line at the end of a file, of which nothing stays when
// that fails. What a crash left of a last line is cut away first; one that only
// lacks its line feed is given that. Without a line that is all.
func (j *Journal) appendTo(name string, line []byte) (err error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	torn, err := lastLine(f, size)
	if err != nil {
		return err
	}
	end := size
	switch {
	case len(torn) == 0:
	case json.Valid(torn) || len(torn) >= maxLine: // as an editor leaves it; or not of ours, and not ours to cut
		line = append([]byte{'\n'}, line...)
	default:
		end -= int64(len(torn))
		j.o.Notice(fmt.Sprintf("%s: its last line was cut off by a crash, %d bytes without an end; they are cut away", name, len(torn)))
	}
	if end == size && len(line) == 0 {
		return nil
	}
	if err = f.Truncate(end); err == nil {
		_, err = f.WriteAt(line, end)
	}
	if err == nil {
		err = f.Sync()
	}
	if err != nil {
		return errors.Join(err, f.Truncate(end))
	}
	if size > 0 {
		return nil
	}
	return syncDir(filepath.Dir(name)) // the file may be new
}

// lastLine gives what stands behind the last line feed of a file, of a longer
// line the last maxLine bytes.
func lastLine(f io.ReaderAt, size int64) ([]byte, error) {
	tail := make([]byte, min(size, maxLine))
	if _, err := f.ReadAt(tail, size-int64(len(tail))); err != nil {
		return nil, err
	}
	return tail[bytes.LastIndexByte(tail, '\n')+1:], nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
