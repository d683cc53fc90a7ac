package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"github.com/goccy/go-yaml/parser"
)

// Faults are all that is wrong with a configuration.
type Faults []Fault

func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, fault := range f {
		lines[i] = fault.String()
	}
	return fmt.Sprintf("the configuration has %d fault(s):\n  %s", len(f), strings.Join(lines, "\n  "))
}

// maxFile bounds a configuration file.
const maxFile = 1 << 20

// Load reads a configuration file and the categories file that it names, and
// checks both whole. The error is Faults where the files could be read. Paths
// in the file are relative to its folder, but data_dir, which is relative to
// the working directory. getenv is os.LookupEnv.
func Load(path string, getenv func(string) (string, bool)) (*Config, error) {
	c := Defaults()
	d := &decoder{file: path, dir: filepath.Dir(path), getenv: getenv}
	if err := d.read(path, &c); err != nil {
		return nil, err
	}
	c.resolvePaths(filepath.Dir(path))
	c.check(d)
	if c.Categories != "" {
		d.file = c.Categories
		if err := d.read(c.Categories, &c.Mapping); err != nil {
			return nil, err
		}
		c.checkMapping(d)
	}
	if len(d.faults) > 0 {
		return nil, Faults(d.faults)
	}
	return &c, nil
}

func (d *decoder) read(path string, into any) error {
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("read the configuration: %w", err)
	}
	if info.Size() > maxFile {
		return fmt.Errorf("read the configuration: %s holds %d bytes, more than %d", path, info.Size(), maxFile)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read the configuration: %w", err)
	}
	return d.decode(b, into)
}

func (d *decoder) decode(b []byte, into any) error {
	file, err := parser.ParseBytes(b, 0)
	if err != nil {
		return Faults{{File: d.file, Text: "is not YAML: " + strings.TrimSpace(err.Error())}}
	}
	if len(file.Docs) != 1 || file.Docs[0].Body == nil {
		return Faults{{File: d.file, Text: "expected one YAML document, found none or several"}}
	}
	d.lines = make(map[string]int)
	d.value(file.Docs[0].Body, reflect.ValueOf(into).Elem(), "")
	return nil
}

// AsFaults gives the faults of a Load error, nil when it is another.
func AsFaults(err error) Faults {
	var f Faults
	if errors.As(err, &f) {
		return f
	}
	return nil
}

func (c *Config) resolvePaths(dir string) {
	for _, p := range []*string{&c.Registry.Path, &c.PriceList.Path, &c.Categories, &c.TLS.CAFile} {
		if *p != "" && !filepath.IsAbs(*p) {
			*p = filepath.Join(dir, *p)
		}
	}
}
