package file

import (
	"reflect"
	"strings"

	"github.com/prometheus/common/config"
	"gopkg.in/yaml.v3"
)

// strict decodes a node into a struct of somebody else's, such as an HTTP client
// config, which brings its own defaults and checks. Keys that the struct does
// not have are reported with their place, and ${NAME} is expanded in its URLs
// and secrets.
func (d *doc) strict(n *yaml.Node, what string, code Code, into any) bool {
	if d.hear(n, yaml.MappingNode, func(t *takes) { t.typ, t.what = reflect.TypeOf(into).Elem(), what }) {
		return false
	}
	before := len(d.sink.all)
	flat := d.flatten(n, reflect.TypeOf(into).Elem(), what)
	if d.sink.failed(before) {
		return false
	}
	if err := decodeInto(flat, into); err != nil {
		d.at(n).bad(code, "%s", stripLine(maskError(err)))
		return false
	}
	return true
}

func decodeInto(n *yaml.Node, into any) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = errPanic(r)
		}
	}()
	return n.Decode(into)
}

// flatten copies a node without aliases and merges, and checks its keys against
// a type on the way.
func (d *doc) flatten(n *yaml.Node, t reflect.Type, what string) *yaml.Node {
	n = resolve(n)
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	out := &yaml.Node{Kind: n.Kind, Tag: n.Tag, Value: n.Value, Style: n.Style &^ yaml.TaggedStyle, Line: n.Line, Column: n.Column}
	switch n.Kind {
	case yaml.MappingNode:
		for _, p := range d.pairs(n) {
			sub, ok := fieldOf(t, p.key.Value)
			if !ok {
				d.unknown(p.key, what, fieldNames(t))
				continue
			}
			out.Content = append(out.Content, p.key, d.flatten(p.value, sub, p.key.Value+" section"))
		}
	case yaml.SequenceNode:
		for _, c := range n.Content {
			out.Content = append(out.Content, d.flatten(c, elemOf(t), what))
		}
	case yaml.ScalarNode:
		if isSecretOrURL(t) {
			if s, ok := d.expand(n.Value, d.at(n)); ok {
				out.Value, out.Tag, out.Style = s, "!!str", yaml.DoubleQuotedStyle
			} else if variable().MatchString(n.Value) && t == reflect.TypeFor[config.URL]() {
				out.Value = "http://unexpanded.invalid" // a placeholder: nothing will be asked through it
			}
		}
	case yaml.DocumentNode, yaml.AliasNode:
	}
	return out
}

func isSecretOrURL(t reflect.Type) bool {
	return t == reflect.TypeFor[config.Secret]() || t == reflect.TypeFor[config.URL]()
}

func elemOf(t reflect.Type) reflect.Type {
	switch {
	case t == nil:
	case t.Kind() == reflect.Slice || t.Kind() == reflect.Map:
		return t.Elem()
	case t.Kind() == reflect.Struct && t.NumField() == 1 && t.Field(0).Type.Kind() == reflect.Map:
		return t.Field(0).Type.Elem() // a mapping in a struct of its own, as of HTTP headers
	}
	return nil
}

// fieldOf returns the type of a key. Where the type is not known, or a mapping
// with free keys, anything goes.
func fieldOf(t reflect.Type, key string) (reflect.Type, bool) {
	if t == nil || t.Kind() != reflect.Struct || len(fieldNames(t)) == 0 {
		return elemOf(t), true
	}
	for i := range t.NumField() {
		f := t.Field(i)
		name, opts, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if strings.Contains(opts, "inline") {
			if sub, ok := fieldOf(f.Type, key); ok && f.Type.Kind() == reflect.Struct {
				return sub, true
			}
		}
		if name == key && name != "-" && name != "" {
			return f.Type, true
		}
	}
	return nil, false
}

func fieldNames(t reflect.Type) fields {
	all := fields{}
	if t == nil || t.Kind() != reflect.Struct {
		return all
	}
	for i := range t.NumField() {
		f := t.Field(i)
		name, opts, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		switch {
		case strings.Contains(opts, "inline"):
			for sub := range fieldNames(f.Type) {
				all[sub] = nil
			}
		case name != "" && name != "-":
			all[name] = nil
		}
	}
	return all
}
