package config

import (
	"maps"
	"net/netip"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

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

func (d *decoder) value(n ast.Node, v reflect.Value, path string) {
	switch t := n.(type) {
	case *ast.NullNode:
		return
	case *ast.TagNode, *ast.AnchorNode, *ast.AliasNode, *ast.MergeKeyNode:
		d.fault(path, "YAML tags, anchors and aliases are not used here; write the value out")
		return
	case *ast.LiteralNode:
		d.value(t.Value, v, path)
		return
	}
	switch v.Type() {
	case reflect.TypeFor[time.Duration]():
		d.duration(n, v, path)
		return
	case reflect.TypeFor[netip.Prefix]():
		d.network(n, v, path)
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
	fields := make(map[string]reflect.Value)
	for i := range v.NumField() {
		if name := v.Type().Field(i).Tag.Get("yaml"); name != "" && name != "-" {
			fields[name] = v.Field(i)
		}
	}
	for _, p := range d.pairs(n, path) {
		if f, known := fields[p.name]; known {
			d.value(p.value, f, p.path)
			continue
		}
		plain, isFile := strings.CutSuffix(p.name, "_file")
		if f, known := fields[plain]; known && isFile && f.Type() == reflect.TypeFor[Secret]() {
			if _, both := d.lines[join(path, plain)]; both {
				d.looseFault(d.lines[p.path], p.path, "give "+plain+" or "+p.name+", not both")
				continue
			}
			d.secretFile(p.value, f, p.path)
			continue
		}
		d.looseFault(d.lines[p.path], p.path, "unknown key; known are "+strings.Join(slices.Sorted(maps.Keys(fields)), ", "))
	}
}

func (d *decoder) mapping(n ast.Node, v reflect.Value, path string) {
	out := reflect.MakeMap(v.Type())
	for _, p := range d.pairs(n, path) {
		elem := reflect.New(v.Type().Elem()).Elem()
		if elem.Type() == reflect.TypeFor[Market]() {
			elem.Set(reflect.ValueOf(defaultMarket()))
		}
		d.value(p.value, elem, p.path)
		out.SetMapIndex(reflect.ValueOf(p.name), elem)
	}
	v.Set(out)
}

// pair is a key of a mapping and its value.
type pair struct {
	name  string
	path  string
	value ast.Node
}

// pairs gives the pairs of a mapping, each key once, and notes where they stand.
func (d *decoder) pairs(n ast.Node, path string) []pair {
	var nodes []*ast.MappingValueNode
	switch t := n.(type) {
	case *ast.MappingNode:
		nodes = t.Values
	case *ast.MappingValueNode:
		nodes = []*ast.MappingValueNode{t}
	default:
		d.fault(path, "expected keys and values, found %s", kindOf(n))
		return nil
	}
	var out []pair
	for _, node := range nodes {
		key := node.Key
		if k, long := key.(*ast.MappingKeyNode); long { // "? key"
			if value, ok := k.Value.(ast.MapKeyNode); ok {
				key = value
			}
		}
		line := lineOf(key)
		switch key.(type) {
		case *ast.MergeKeyNode, *ast.AliasNode, *ast.AnchorNode, *ast.TagNode:
			d.looseFault(line, path, "YAML tags, anchors and aliases are not used here; write the keys out")
			continue
		}
		p := pair{name: key.GetToken().Value, value: node.Value}
		p.path = join(path, shown(p.name))
		if before, twice := d.lines[p.path]; twice {
			d.looseFault(line, p.path, "given twice, first in line "+strconv.Itoa(before))
			continue
		}
		d.lines[p.path] = line
		out = append(out, p)
	}
	return out
}

// shown is a key as a fault's path shows it: what is no word is quoted and cut.
func shown(key string) string {
	for _, r := range key {
		if r != '_' && r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return strconv.Quote(cut(key))
		}
	}
	return cut(key)
}

func (d *decoder) list(n ast.Node, v reflect.Value, path string) {
	seq, ok := n.(*ast.SequenceNode)
	if !ok {
		d.fault(path, "expected a list, found %s", kindOf(n))
		return
	}
	for i, item := range seq.Values {
		at := path + "[" + strconv.Itoa(i) + "]"
		d.lines[at] = lineOf(item)
		elem := reflect.New(v.Type().Elem()).Elem()
		d.value(item, elem, at)
		v.Set(reflect.Append(v, elem))
	}
}

func lineOf(n ast.Node) int {
	if tok := n.GetToken(); tok != nil && tok.Position != nil {
		return tok.Position.Line
	}
	return 0
}

// kindOf says what a node is. It does not repeat a value: it may be a secret
// under the wrong key.
func kindOf(n ast.Node) string {
	switch n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return "keys and values"
	case *ast.SequenceNode:
		return "a list"
	}
	return "a single value"
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
