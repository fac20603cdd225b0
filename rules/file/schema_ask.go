package file

import (
	"fmt"
	"maps"
	"reflect"
	"slices"

	"gopkg.in/yaml.v3"
)

// An asker learns what the decoder takes by asking it: each reader is handed a
// value of every kind, and where a text would be read it says what it would take
// instead. So there is one list of keys, that of the decoder.
type asker struct {
	objects map[string]taken // by the word for them in messages
	never   map[string]bool  // objects that may not be left empty everywhere
	heard   *takes           // what is said in answer to the value at hand
	refused bool             // a mistake was reported
}

// A taken is what the keys of a mapping take.
type taken map[string]*takes

// A takes is what is taken as one value: at most one thing of each kind.
type takes struct {
	object string // a mapping with the keys of this object
	dict   *takes // a mapping with free keys
	list   *takes
	size   [2]int // of the list: least and most; 0: any
	scalar form
	typ    reflect.Type // a mapping that is read into somebody else's type
	what   string       // the word for it
	any    bool
	null   bool // `key:` with nothing behind it
}

// hear notes what is taken if the decoder is being asked, and reports whether it
// is; there is then nothing to read.
func (d *doc) hear(n *yaml.Node, kind yaml.Kind, say func(*takes)) bool {
	if d.ask == nil {
		return false
	}
	if n = resolve(n); n.Kind == kind && !null(n) {
		say(d.ask.heard)
	}
	return true
}

// hearAny notes that anything is taken.
func (d *doc) hearAny() bool {
	if d.ask == nil {
		return false
	}
	d.ask.heard.any = true
	return true
}

// ask hands a reader values of all kinds and returns what it takes.
func (a *asker) ask(read setter) *takes {
	heard, refused := a.heard, a.refused
	defer func() { a.heard, a.refused = heard, refused }()
	a.heard = &takes{}
	for _, kind := range []yaml.Kind{yaml.MappingNode, yaml.SequenceNode, yaml.ScalarNode} {
		read(&yaml.Node{Kind: kind, Tag: tagOf(kind)})
	}
	a.refused = false
	read(&yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null"})
	a.heard.null = !a.refused
	if o := a.heard.object; o != "" && a.refused {
		a.never[o] = true
	}
	return a.heard
}

func tagOf(kind yaml.Kind) string {
	switch kind {
	case yaml.MappingNode:
		return "!!map"
	case yaml.SequenceNode:
		return "!!seq"
	case yaml.ScalarNode, yaml.DocumentNode, yaml.AliasNode:
	}
	return "!!str"
}

// learn asks for all keys of an object, once.
func (a *asker) learn(what string, known fields) {
	keys := slices.Sorted(maps.Keys(known))
	if o, ok := a.objects[what]; ok {
		if before := slices.Sorted(maps.Keys(o)); !slices.Equal(before, keys) {
			panic(fmt.Sprintf("two objects are called %q", what))
		}
		return
	}
	o := taken{}
	a.objects[what] = o
	for _, key := range keys {
		o[key] = nil // it may hold itself
	}
	for _, key := range keys {
		o[key] = a.ask(known[key])
	}
}

// askDecoder asks a reader of whole texts.
func askDecoder(read func(*doc, *yaml.Node)) (*asker, *takes) {
	a := &asker{objects: map[string]taken{}, never: map[string]bool{}}
	d := newDoc("", nil, &sink{})
	d.ask = a
	return a, a.ask(func(n *yaml.Node) { read(d, n) })
}
