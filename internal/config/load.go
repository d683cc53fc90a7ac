package config

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Bounds of a configuration file. What is shipped has 11 KB and 1,400 tokens;
// the parser's time grows with the square of the tokens.
const (
	maxFile   = 256 << 10 // bytes
	maxTokens = 20_000
	maxDepth  = 30 // of collections in one another
)

// Load reads a configuration file and the categories file that it names, and
// checks both whole. The error is Faults where the file could be read. Paths
// in the file are relative to its folder, but data_dir, which is relative to
// the working directory. getenv is os.LookupEnv. Checks that need what other
// rooms know come with also, so that their faults stand among the others.
func Load(path string, getenv func(string) (string, bool), also ...Check) (*Config, error) {
	b, err := readAtMost(path, maxFile)
	if err != nil {
		return nil, fmt.Errorf("read the configuration: %w", err)
	}
	c := Defaults()
	d := &decoder{file: path, dir: filepath.Dir(path), getenv: getenv}
	if !d.decode(b, &c) {
		return nil, d.sorted()
	}
	c.resolvePaths(d.dir)
	c.check(d.check)
	for _, check := range also {
		check(&c, d.check)
	}
	if c.Categories != "" {
		c.loadMapping(d)
	}
	if len(d.faults) > 0 {
		return nil, d.sorted()
	}
	return &c, nil
}

// A Check reports what is wrong with a configuration that was read: the path of
// each value, and in a sentence what is wrong and what to do.
type Check func(c *Config, bad func(path, format string, args ...any))

func (c *Config) loadMapping(d *decoder) {
	b, err := readAtMost(c.Categories, maxFile)
	if err != nil {
		d.check("categories", "the file can't be read: %s", reason(err))
		return
	}
	d.file = c.Categories
	if d.decode(b, &c.Mapping) {
		c.checkMapping(d.check)
	}
}

func (c *Config) resolvePaths(dir string) {
	for _, p := range []*string{&c.Registry.Path, &c.PriceList.Path, &c.Categories, &c.TLS.CAFile} {
		if *p != "" && !filepath.IsAbs(*p) {
			*p = filepath.Join(dir, *p)
		}
	}
}

// decode fills a value from one YAML document. It says false when there is
// nothing to check, for the document could not be taken apart.
func (d *decoder) decode(b []byte, into any) bool {
	d.lines = make(map[string]int)
	body, fault := parse(b)
	if body == nil {
		fault.File = d.file
		d.faults = append(d.faults, fault)
		return false
	}
	d.value(body, reflect.ValueOf(into).Elem(), "")
	return true
}

// parse takes a document apart. The fault holds no part of it: what stands
// beside a syntax error may be a secret.
func parse(b []byte) (ast.Node, Fault) {
	b = bytes.TrimPrefix(b, []byte("\ufeff"))
	if !utf8.Valid(b) || bytes.IndexByte(b, 0) >= 0 {
		return nil, Fault{Text: "is not text in UTF-8; save it as such, or is it the right file?"}
	}
	tokens := lexer.Tokenize(string(b))
	if len(tokens) > maxTokens {
		return nil, Fault{Text: fmt.Sprintf("holds over %d words and signs; is it the right file?", maxTokens)}
	}
	if t := tooDeep(tokens); t != nil {
		return nil, Fault{Line: t.Position.Line, Text: fmt.Sprintf("lists and keys stand more than %d deep in one another", maxDepth)}
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		fault := Fault{Text: "is not YAML"}
		var syntax *yaml.SyntaxError
		if errors.As(err, &syntax) {
			fault.Text += ": " + syntax.Message
			if syntax.Token != nil && syntax.Token.Position != nil {
				fault.Line = syntax.Token.Position.Line
			}
		}
		return nil, fault
	}
	switch {
	case len(file.Docs) > 1:
		return nil, Fault{Text: "holds several YAML documents (---), expected one"}
	case len(file.Docs) == 0 || file.Docs[0].Body == nil:
		return nil, Fault{Text: "is empty"}
	}
	return file.Docs[0].Body, Fault{}
}

// tooDeep gives the token at which collections stand too deep in one another
// for the parser, which calls itself for each: by their brackets, or by how far
// to the right a line or an entry begins, since each level takes a column.
func tooDeep(tokens token.Tokens) *token.Token {
	depth, line := 0, 0
	for _, t := range tokens {
		if t.Position == nil {
			continue
		}
		first := t.Position.Line != line
		line = t.Position.Line
		switch t.Type {
		case token.MappingStartType, token.SequenceStartType:
			depth++
		case token.MappingEndType, token.SequenceEndType:
			depth--
		}
		block := depth == 0 && t.Type != token.CommentType && (first || t.Type == token.SequenceEntryType || t.Type == token.MappingKeyType)
		if depth > maxDepth || block && t.Position.Column > 3*maxDepth {
			return t
		}
	}
	return nil
}
