package registry

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// FileOptions name a file that is read as a registry or as a price list.
type FileOptions struct {
	Path string // .xlsx, .csv or .json, by its ending
	// Columns overrides where a column is found: a column's key (see Column) to
	// the words of its header, or to its letter ("F").
	Columns map[string]string
	Sheets  []string // read only these sheets; none means all that are visible
	Limits  Limits   // zero values mean DefaultLimits
	// Settle is for how long a file must have been left alone before it is
	// read, 2 s by default, negative for not at all; a read waits for it.
	Settle time.Duration
	Now    func() time.Time                           // time.Now by default
	Sleep  func(context.Context, time.Duration) error // by default a timer that ends with the context
}

// Limits bound what a file may cost.
type Limits struct {
	FileBytes    int64  // of the file itself
	InflateBytes int64  // of a workbook's parts, uncompressed, all together
	Rows         int    // of all sheets together
	TempDir      string // for what a large workbook inflates to; the system's when empty
}

// DefaultLimits let through a workbook of 300,000 rows.
func DefaultLimits() Limits {
	return Limits{FileBytes: 128 << 20, InflateBytes: 1 << 30, Rows: 500_000}
}

func (o FileOptions) withDefaults() (FileOptions, error) {
	if o.Path == "" {
		return o, errors.New("no file is named")
	}
	for key := range o.Columns {
		if !KnownColumn(key) {
			return o, fmt.Errorf("columns: %q is no column; the columns are %s", key, ColumnNames())
		}
	}
	d := DefaultLimits()
	setDefault(&o.Limits.FileBytes, d.FileBytes)
	setDefault(&o.Limits.InflateBytes, d.InflateBytes)
	setDefault(&o.Limits.Rows, d.Rows)
	setDefault(&o.Settle, 2*time.Second)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Sleep == nil {
		o.Sleep = sleepTimer
	}
	return o, nil
}

// identity tells readings by different mappings apart: what one made of a row
// is nothing to the other.
func (o FileOptions) identity() string {
	keys := make([]string, 0, len(o.Columns))
	for k, v := range o.Columns {
		keys = append(keys, k+"="+v)
	}
	slices.Sort(keys)
	return o.Path + " " + strings.Join(keys, ";") + " " + strings.Join(o.Sheets, ";")
}

// source is an open file that has settled.
type source struct {
	file  *os.File
	info  os.FileInfo
	stamp string // size and modification time
}

// open waits until the file has been left alone for long enough and opens it.
func (o FileOptions) open(ctx context.Context) (*source, error) {
	info, err := os.Stat(o.Path)
	if err != nil {
		return nil, err
	}
	for n := 0; ; n++ {
		age := o.Now().Sub(info.ModTime())
		if age >= o.Settle || o.Settle < 0 {
			break
		}
		if n == 5 {
			return nil, fmt.Errorf("%w: last changed %s ago", ErrUnsettled, age.Round(time.Millisecond))
		}
		if err := o.Sleep(ctx, o.Settle-max(age, 0)); err != nil {
			return nil, err
		}
		before := stampOf(info)
		if info, err = os.Stat(o.Path); err != nil {
			return nil, err
		}
		if stampOf(info) == before {
			break // also where the file's clock is ahead of ours
		}
	}
	if info.IsDir() {
		return nil, errors.New("this is a directory, not a file")
	}
	if info.Size() > o.Limits.FileBytes {
		return nil, fmt.Errorf("the file has %d bytes, more than the %d allowed", info.Size(), o.Limits.FileBytes)
	}
	if info.Size() == 0 {
		return nil, errors.New("the file is empty")
	}
	f, err := os.Open(o.Path)
	if err != nil {
		return nil, err
	}
	return &source{file: f, info: info, stamp: stampOf(info)}, nil
}

func stampOf(info os.FileInfo) string {
	return fmt.Sprintf("%d %d", info.Size(), info.ModTime().UnixNano())
}

// digest is of the content.
func (s *source) digest() (string, error) {
	sum := sha256.New()
	if _, err := io.Copy(sum, io.NewSectionReader(s.file, 0, s.info.Size())); err != nil {
		return "", err
	}
	return "sha256:" + hex.EncodeToString(sum.Sum(nil)[:16]), nil
}

// same fails when the file was written to since it was opened.
func (s *source) same(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if stampOf(info) != s.stamp {
		return fmt.Errorf("%w: it was written to while it was read", ErrUnsettled)
	}
	return nil
}

func (s *source) close() { _ = s.file.Close() }

// book opens the tables in the file by what it is, not by its name alone: many
// an .xls is renamed, and many an .xlsx is a web page.
func (s *source) book(ctx context.Context, o FileOptions, hints vocabulary) (*book, error) {
	head := make([]byte, 8)
	n, err := s.file.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	head = head[:n]
	ext := strings.ToLower(filepath.Ext(o.Path))
	switch {
	case strings.HasPrefix(string(head), "PK\x03\x04"):
		return openXLSX(ctx, s.file, s.info.Size(), o.Limits)
	case strings.HasPrefix(string(head), "\xd0\xcf\x11\xe0"):
		return nil, errors.New("this is an old .xls workbook, or one locked with a password: save it as .xlsx without a password")
	case ext == ".xlsx" || ext == ".xlsm":
		return nil, errors.New("this is no .xlsx workbook, or only the beginning of one: it may still be being written")
	case ext == ".xls":
		return nil, errors.New("this is no workbook that can be read: save it as .xlsx")
	}
	return openCSV(s.file, s.info.Size(), hints)
}
