package config

import (
	"math"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
)

func (d *decoder) scalar(n ast.Node, v reflect.Value, path string) {
	text, ok := d.text(n, path)
	if !ok {
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Bool:
		switch text {
		case "true", "True", "TRUE":
			v.SetBool(true)
		case "false", "False", "FALSE":
			v.SetBool(false)
		default:
			d.wrong(n, path, "true or false")
		}
	case reflect.Int, reflect.Int64:
		if i, err := strconv.ParseInt(text, 10, v.Type().Bits()); err == nil {
			v.SetInt(i)
		} else {
			d.wrong(n, path, "a whole number")
		}
	case reflect.Float64:
		if f, err := strconv.ParseFloat(text, 64); err == nil && !math.IsNaN(f) && !math.IsInf(f, 0) {
			v.SetFloat(f)
		} else {
			d.wrong(n, path, "a number")
		}
	default:
		d.fault(path, "this key can't be read: it has no reader for %s", v.Type())
	}
}

func (d *decoder) duration(n ast.Node, v reflect.Value, path string) {
	text, ok := d.text(n, path)
	if !ok {
		return
	}
	dur, err := time.ParseDuration(text)
	if err != nil || dur < 0 {
		d.wrong(n, path, "a duration like 30s, 15m or 36h")
		return
	}
	v.SetInt(int64(dur))
}

func (d *decoder) network(n ast.Node, v reflect.Value, path string) {
	text, ok := d.text(n, path)
	if !ok {
		return
	}
	p, wrong := network(text)
	if wrong != "" {
		d.fault(path, "%q: %s", cut(n.GetToken().Value), wrong)
		return
	}
	v.Set(reflect.ValueOf(p))
}

// wrong tells what was expected and what the file holds: ${NAME} and not the
// value of it, which may be a secret.
func (d *decoder) wrong(n ast.Node, path, expected string) {
	d.fault(path, "expected %s, found %q", expected, cut(n.GetToken().Value))
}

// cut shortens a value for a fault.
func cut(s string) string {
	const most = 60
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most]) + "…"
}

// text gives a scalar's text with ${NAME} taken from the environment.
func (d *decoder) text(n ast.Node, path string) (string, bool) {
	if _, scalar := n.(ast.ScalarNode); !scalar {
		hint := ""
		if _, list := n.(*ast.SequenceNode); !list {
			hint = "; a value with a colon, as host:port, goes into quotation marks"
		}
		d.fault(path, "expected a single value, found %s%s", kindOf(n), hint)
		return "", false
	}
	text := n.GetToken().Value
	if !strings.Contains(text, "${") {
		return text, true
	}
	name := regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "${")
		b.WriteString(before)
		if !found {
			return b.String(), true
		}
		variable, rest, closed := strings.Cut(rest, "}")
		if !closed || !name.MatchString(variable) {
			// What stands there is not repeated: it may be part of a password.
			d.fault(path, "${ must be followed by the name of an environment variable and }; a secret that holds ${ itself can be given as a file")
			return "", false
		}
		value, set := d.getenv(variable)
		if !set {
			d.fault(path, "the environment variable %s is not set; set it, or write the value out", variable)
			return "", false
		}
		b.WriteString(value)
		text = rest
	}
}
