package file

import (
	"strings"

	"gopkg.in/yaml.v3"
)

// A setter takes the value of a key.
type setter func(*yaml.Node)

// fields are the keys of one kind of mapping.
type fields map[string]setter

// resolve follows aliases.
func resolve(n *yaml.Node) *yaml.Node {
	for n != nil && n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

// null reports whether there is no value: `key:` with nothing behind it is as
// good as no key.
func null(n *yaml.Node) bool {
	n = resolve(n)
	return n == nil || n.Kind == 0 || n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null"
}

// A pair is a key and its value in a mapping.
type pair struct{ key, value *yaml.Node }

// pairs returns what a mapping holds, with merges (<<) behind its own keys, and
// reports keys that are there twice or are no words.
func (d *doc) pairs(n *yaml.Node) []pair {
	var own, merged []pair
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := resolve(n.Content[i]), resolve(n.Content[i+1])
		switch {
		case key.Kind == yaml.ScalarNode && key.ShortTag() == "!!merge":
			merged = append(merged, d.merged(value)...)
		case key.Kind != yaml.ScalarNode:
			d.at(key).bad(CodeType, "a key must be a word, and this is %s", kindOf(key))
		case seen[key.Value]:
			d.at(key).bad(CodeDuplicate, "key %q is there twice", short(key.Value))
		default:
			seen[key.Value] = true
			own = append(own, pair{key, value})
		}
	}
	for _, p := range merged {
		if !seen[p.key.Value] {
			seen[p.key.Value] = true
			own = append(own, p)
		}
	}
	return own
}

func (d *doc) merged(n *yaml.Node) []pair {
	switch n.Kind {
	case yaml.MappingNode:
		return d.pairs(n)
	case yaml.SequenceNode:
		var all []pair
		for _, c := range n.Content {
			all = append(all, d.merged(resolve(c))...)
		}
		return all
	case yaml.ScalarNode, yaml.AliasNode, yaml.DocumentNode:
	}
	d.at(n).bad(CodeType, "<< takes mappings, and this is %s", kindOf(n))
	return nil
}

// object reads a mapping whose keys are known. what names it in messages, such
// as "rule".
func (d *doc) object(n *yaml.Node, what string, known fields) {
	if d.hear(n, yaml.MappingNode, func(t *takes) { t.object = what; d.ask.learn(what, known) }) {
		return
	}
	if n = resolve(n); null(n) {
		return
	}
	if n.Kind != yaml.MappingNode {
		d.at(n).bad(CodeType, "expected the keys of %s, found %s", article(what), kindOf(n))
		return
	}
	for _, p := range d.pairs(n) {
		set, ok := known[p.key.Value]
		switch {
		case ok:
			set(p.value)
		case laterKey(what, p.key.Value):
			d.at(p.key).bad(CodeLater, "%q comes with a later version of tocsin", p.key.Value).
				Hint = "remove it for now: it would have no effect, and tocsin ignores nothing"
		case testKey(what, p.key.Value):
			d.at(p.key).bad(CodeUnknownKey, "%q is a key of unit tests, not of %s", p.key.Value, article(what)).
				Hint = "run the file with tocsin test"
		case otherwise(what, p.key.Value) != "":
			d.at(p.key).bad(CodeForeign, "%q is not carried over from Alertmanager", p.key.Value).
				Hint = otherwise(what, p.key.Value)
		default:
			d.unknown(p.key, what, known)
		}
	}
}

func (d *doc) unknown(key *yaml.Node, what string, known fields) {
	prob := d.at(key).bad(CodeUnknownKey, "unknown key %q in %s", short(key.Value), article(what))
	names := make([]string, 0, len(known))
	for name := range known {
		names = append(names, name)
	}
	if near := nearest(key.Value, names); near != "" {
		prob.Hint = "did you mean " + near + "?"
	}
}

// each calls f for the items of a list.
func (d *doc) each(what string, f func(*yaml.Node)) setter {
	return func(n *yaml.Node) {
		if d.hear(n, yaml.SequenceNode, func(t *takes) { t.list = d.ask.ask(f) }) {
			return
		}
		if n = resolve(n); null(n) {
			return
		}
		if n.Kind != yaml.SequenceNode {
			d.at(n).bad(CodeType, "expected a list of %s, found %s", what, kindOf(n))
			return
		}
		for _, c := range n.Content {
			f(resolve(c))
		}
	}
}

// dict calls f for the keys and values of a mapping with free keys.
func (d *doc) dict(what string, f func(key, value *yaml.Node)) setter {
	return func(n *yaml.Node) {
		value := func(n *yaml.Node) { f(scalarNode("key"), n) }
		if d.hear(n, yaml.MappingNode, func(t *takes) { t.dict = d.ask.ask(value) }) {
			return
		}
		if n = resolve(n); null(n) {
			return
		}
		if n.Kind != yaml.MappingNode {
			d.at(n).bad(CodeType, "expected a mapping of %s, found %s", what, kindOf(n))
			return
		}
		for _, p := range d.pairs(n) {
			f(p.key, p.value)
		}
	}
}

func kindOf(n *yaml.Node) string {
	switch resolve(n).Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	case yaml.ScalarNode:
		if null(n) {
			return "nothing"
		}
		return "a single value"
	case yaml.DocumentNode, yaml.AliasNode:
	}
	return "something else"
}

func article(what string) string {
	if strings.ContainsRune("aeiou", rune(what[0])) || strings.HasPrefix(what, "http") {
		return "an " + what
	}
	return "a " + what
}
