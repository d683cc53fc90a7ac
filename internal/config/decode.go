package config

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// decoder fills a struct from a YAML tree, strictly, and goes on after a fault
// so that all of them are told at once.
type decoder struct {
	file   string // for places
	dir    string // *_file paths are relative to it
	getenv func(string) (string, bool)
	lines  map[string]int // where each path of this file stands
	faults []Fault
}

// A Fault is one thing wrong in a configuration file.
type Fault struct {
	File string
	Line int
	Path string // markets.voso.rate
	Text string
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

func (d *decoder) fault(n ast.Node, path, format string, args ...any) {
	line := d.lines[path]
	if n != nil && n.GetToken() != nil && n.GetToken().Position != nil {
		line = n.GetToken().Position.Line
	}
	d.faults = append(d.faults, Fault{d.file, line, path, fmt.Sprintf(format, args...)})
}

func (d *decoder) value(n ast.Node, v reflect.Value, path string) {
	if tok := n.GetToken(); tok != nil && tok.Position != nil {
		d.lines[path] = tok.Position.Line
	}
	switch t := n.(type) {
	case *ast.NullNode:
		return
	case *ast.TagNode, *ast.AnchorNode, *ast.AliasNode, *ast.MergeKeyNode:
		d.fault(n, path, "YAML tags, anchors and aliases are not used here; write the value out")
		return
	case *ast.LiteralNode:
		d.value(t.Value, v, path)
		return
	}
	if v.Type() == reflect.TypeFor[time.Duration]() {
		d.duration(n, v, path)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		d.structure(n, v, path)
	case reflect.Map:
		d.mapping(n, v, path)
	case reflect.Slice:
		d.list(n, v, path)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		d.value(n, v.Elem(), path)
	default:
		d.scalar(n, v, path)
	}
}

func (d *decoder) structure(n ast.Node, v reflect.Value, path string) {
	pairs, ok := d.pairs(n, path)
	if !ok {
		return
	}
	fields := make(map[string]reflect.Value)
	for i := range v.NumField() {
		if name := v.Type().Field(i).Tag.Get("yaml"); name != "" && name != "-" {
			fields[name] = v.Field(i)
		}
	}
	given := make(map[string]bool)
	for _, p := range pairs {
		name := p.Key.String()
		at := join(path, name)
		plain := strings.TrimSuffix(name, "_file")
		if given[plain] {
			d.fault(p.Key, at, "given twice")
			continue
		}
		given[plain] = true
		f, known := fields[name]
		if !known {
			if secret, isSecret := fields[plain]; isSecret && plain != name && secret.Type() == reflect.TypeFor[Secret]() {
				d.secretFile(p.Value, secret, at)
				continue
			}
			d.fault(p.Key, at, "unknown key; known are %s", strings.Join(slices.Sorted(maps.Keys(fields)), ", "))
			continue
		}
		d.value(p.Value, f, at)
	}
}

func (d *decoder) mapping(n ast.Node, v reflect.Value, path string) {
	pairs, ok := d.pairs(n, path)
	if !ok {
		return
	}
	out := reflect.MakeMap(v.Type())
	for _, p := range pairs {
		key := reflect.ValueOf(p.Key.String())
		if out.MapIndex(key).IsValid() {
			d.fault(p.Key, join(path, p.Key.String()), "given twice")
		}
		elem := reflect.New(v.Type().Elem()).Elem()
		if elem.Type() == reflect.TypeFor[Market]() {
			elem.Set(reflect.ValueOf(defaultMarket()))
		}
		d.value(p.Value, elem, join(path, p.Key.String()))
		out.SetMapIndex(key, elem)
	}
	v.Set(out)
}

func (d *decoder) pairs(n ast.Node, path string) ([]*ast.MappingValueNode, bool) {
	switch t := n.(type) {
	case *ast.MappingNode:
		return t.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{t}, true
	}
	d.fault(n, path, "expected keys and values, found %s", kindOf(n))
	return nil, false
}

func (d *decoder) list(n ast.Node, v reflect.Value, path string) {
	seq, ok := n.(*ast.SequenceNode)
	if !ok {
		d.fault(n, path, "expected a list, found %s", kindOf(n))
		return
	}
	for i, item := range seq.Values {
		elem := reflect.New(v.Type().Elem()).Elem()
		d.value(item, elem, path+"["+strconv.Itoa(i)+"]")
		v.Set(reflect.Append(v, elem))
	}
}

func (d *decoder) scalar(n ast.Node, v reflect.Value, path string) {
	text, ok := d.text(n, path)
	if !ok {
		return
	}
	var err error
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Bool:
		var b bool
		if b, err = strconv.ParseBool(text); err == nil {
			v.SetBool(b)
		}
	case reflect.Int, reflect.Int64:
		var i int64
		if i, err = strconv.ParseInt(text, 10, 64); err == nil {
			v.SetInt(i)
		}
	case reflect.Float64:
		var f float64
		if f, err = strconv.ParseFloat(text, 64); err == nil {
			v.SetFloat(f)
		}
	default:
		err = fmt.Errorf("no reader for %s", v.Type())
	}
	if err != nil {
		d.fault(n, path, "expected %s, found %q", wordFor(v.Kind()), text)
	}
}

func (d *decoder) duration(n ast.Node, v reflect.Value, path string) {
	text, ok := d.text(n, path)
	if !ok {
		return
	}
	dur, err := time.ParseDuration(text)
	if err != nil || dur < 0 {
		d.fault(n, path, "expected a duration like 30s, 15m or 36h, found %q", text)
		return
	}
	v.SetInt(int64(dur))
}

// text gives a scalar's text with ${NAME} taken from the environment.
func (d *decoder) text(n ast.Node, path string) (string, bool) {
	if _, scalar := n.(ast.ScalarNode); !scalar {
		d.fault(n, path, "expected a single value, found %s", kindOf(n))
		return "", false
	}
	text := n.GetToken().Value
	var b strings.Builder
	for {
		start := strings.Index(text, "${")
		if start < 0 {
			b.WriteString(text)
			return b.String(), true
		}
		end := strings.IndexByte(text[start:], '}')
		if end < 0 {
			d.fault(n, path, "${ without a closing }")
			return "", false
		}
		name := text[start+2 : start+end]
		value, set := d.getenv(name)
		if !set {
			d.fault(n, path, "the environment variable %s is not set", name)
			return "", false
		}
		b.WriteString(text[:start])
		b.WriteString(value)
		text = text[start+end+1:]
	}
}

// maxSecret bounds a secret file: a wrong path must not load a disk image.
const maxSecret = 64 << 10

func (d *decoder) secretFile(n ast.Node, v reflect.Value, path string) {
	name, ok := d.text(n, path)
	if !ok {
		return
	}
	if !filepath.IsAbs(name) {
		name = filepath.Join(d.dir, name)
	}
	info, err := os.Stat(name)
	if err == nil && info.Size() > maxSecret {
		d.fault(n, path, "%s holds %d bytes, a secret has at most %d", name, info.Size(), maxSecret)
		return
	}
	b, err := os.ReadFile(name)
	if err != nil {
		d.fault(n, path, "cannot read the secret: %v", err)
		return
	}
	secret := strings.TrimSpace(string(b))
	if secret == "" {
		d.fault(n, path, "%s is empty", name)
	}
	v.SetString(secret)
}

func kindOf(n ast.Node) string {
	switch n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return "keys and values"
	case *ast.SequenceNode:
		return "a list"
	}
	return "the single value " + strconv.Quote(n.String())
}

func wordFor(k reflect.Kind) string {
	switch k {
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int64:
		return "a whole number"
	case reflect.Float64:
		return "a number"
	}
	return "text"
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
