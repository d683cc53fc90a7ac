package config

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A Fault is one thing wrong in a configuration file. It never holds a secret.
type Fault struct {
	File string
	Line int    // 0: unknown
	Path string // markets.voso.rate; "": the whole file
	Text string // what is wrong and what to do

	// loose says that the fault explains no other: a key too much.
	loose bool
}

func (f Fault) String() string {
	at := f.File
	if f.Line > 0 {
		at += ":" + strconv.Itoa(f.Line)
	}
	if f.Path != "" {
		at += ": " + f.Path
	}
	return at + ": " + f.Text
}

// Faults are all that is wrong with a configuration, by file and line.
type Faults []Fault

func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, fault := range f {
		lines[i] = fault.String()
	}
	many := "faults"
	if len(f) == 1 {
		many = "fault"
	}
	return fmt.Sprintf("the configuration has %d %s:\n  %s", len(f), many, strings.Join(lines, "\n  "))
}

// AsFaults gives the faults of a Load error, nil when it is another.
func AsFaults(err error) Faults {
	var f Faults
	if errors.As(err, &f) {
		return f
	}
	return nil
}

// fault adds a fault in the line of its path, or of the nearest that is given.
func (d *decoder) fault(path, format string, args ...any) {
	at := path
	for at != "" && d.lines[at] == 0 {
		at = at[:max(0, strings.LastIndexAny(at, ".["))]
	}
	d.faults = append(d.faults, Fault{File: d.file, Line: d.lines[at], Path: path, Text: fmt.Sprintf(format, args...)})
}

// looseFault is fault for a key too much, which explains no other fault.
func (d *decoder) looseFault(line int, path, text string) {
	d.faults = append(d.faults, Fault{File: d.file, Line: line, Path: path, Text: text, loose: true})
}

// check adds a fault of a value as a whole, unless reading the value, a part of
// it or what it is part of has already shown one: that is the cause.
func (d *decoder) check(path, format string, args ...any) {
	for _, f := range d.faults {
		if f.File == d.file && !f.loose && (within(path, f.Path) || within(f.Path, path) || f.Path == path+"_file") {
			return
		}
	}
	d.fault(path, format, args...)
}

// within says whether a path is another or stands below it.
func within(path, other string) bool {
	rest, ok := strings.CutPrefix(path, other)
	return ok && (rest == "" || other == "" || rest[0] == '.' || rest[0] == '[')
}

// sorted gives the faults by line; files in the order in which they were read.
func (d *decoder) sorted() Faults {
	var files []string
	for _, f := range d.faults {
		if !slices.Contains(files, f.File) {
			files = append(files, f.File)
		}
	}
	slices.SortStableFunc(d.faults, func(a, b Fault) int {
		return cmp.Or(slices.Index(files, a.File)-slices.Index(files, b.File), a.Line-b.Line)
	})
	return d.faults
}
