package file

import (
	"math"

	"gopkg.in/yaml.v3"
)

// A rawPayload is a value of any kind, and the words in it, which are templates,
// keys too.
type rawPayload struct {
	value any
	words []text
	size  int // values in it
}

// mostValues bounds a payload once its aliases are followed.
const mostValues = 10000

func (d *doc) payload(into *rawPayload) setter {
	return func(n *yaml.Node) {
		if d.hearAny() {
			return
		}
		into.value = into.read(d, n)
		if into.size > mostValues {
			d.at(resolve(n)).bad(CodeYAML, "more than %d values", mostValues)
		}
	}
}

// read reads what JSON can hold.
func (p *rawPayload) read(d *doc, n *yaml.Node) any {
	if p.size++; p.size > mostValues || null(n) {
		return nil
	}
	switch n = resolve(n); n.Kind {
	case yaml.MappingNode:
		return p.mapping(d, n)
	case yaml.SequenceNode:
		out := []any{}
		for _, c := range n.Content {
			out = append(out, p.read(d, c))
		}
		return out
	case yaml.ScalarNode, yaml.DocumentNode, yaml.AliasNode:
	}
	return p.plain(d, n)
}

func (p *rawPayload) mapping(d *doc, n *yaml.Node) any {
	out := map[string]any{}
	for _, e := range d.pairs(n) {
		if e.key.ShortTag() != "!!str" {
			d.at(e.key).warn(CodeNoEffect, "a key must be a word, as in Alertmanager: this one is left out").Hint = "put it in quotes"
			continue
		}
		p.words = append(p.words, text{d.at(e.key), e.key.Value})
		out[e.key.Value] = p.read(d, e.value)
	}
	return out
}

func (p *rawPayload) plain(d *doc, n *yaml.Node) any {
	s, ok := d.scalar(n)
	if !ok {
		return nil
	}
	if tag := n.ShortTag(); tag == "!!str" || tag == "!!timestamp" {
		p.words = append(p.words, text{d.at(n), s})
		return s
	}
	var v any
	if err := decodeInto(n, &v); err != nil {
		d.at(n).bad(CodeType, "%s", stripLine(err.Error()))
		return nil
	}
	if f, ok := v.(float64); ok && (math.IsNaN(f) || math.IsInf(f, 0)) {
		d.at(n).bad(CodeNumber, "JSON has no such number").Hint = "put it in quotes"
	}
	return v
}

// templates are all texts of a webhook.
func (w *rawWebhook) templates() (all []Text) {
	for _, t := range w.payload.words {
		all = append(all, Text{Use: WebhookPayload, at: t})
	}
	return all
}
