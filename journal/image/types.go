package image

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"time"
	"unsafe"

	"tocsin/engine"
	"tocsin/rules"
)

// A kind is a type with all that is asked of it in a walk.
type kind struct {
	t         reflect.Type
	of        reflect.Kind
	number    int
	size      uintptr
	flat      bool // holds no pointer of any kind: its memory is all there is to it
	known     bool // a function that Restore gives back
	special   special
	elem, key *kind
	fields    []field
	len       int // of an array
}

// A field is one of a struct.
type field struct {
	kind   *kind
	offset uintptr
	name   string
}

// A special type is written in a way of its own.
type special uint8

const (
	ordinary special = iota
	pattern          // *regexp.Regexp
	location         // *time.Location
	schedule         // rules.Schedule
)

// kinds are all types that can be met in a core, in an order that is the same in the
// same program.
type kinds struct {
	all    []*kind
	byType map[reflect.Type]*kind

	core, rule        *kind
	plannerOf         *kind   // what a core's planner points to
	plannerAt, config uintptr // where they are in a core
}

func newKinds() (*kinds, error) {
	k := &kinds{byType: map[reflect.Type]*kind{}}
	k.core = k.learn(reflect.TypeFor[engine.Core]())
	k.rule = k.learn(reflect.TypeFor[rules.Rule]())
	for _, x := range k.all {
		x.flat = x.isFlat()
	}
	for name, at := range map[string]*uintptr{"planner": &k.plannerAt, "config": &k.config} {
		f, ok := k.core.t.FieldByName(name)
		if !ok {
			return nil, fmt.Errorf("%w: a core has no %s", errUnknown, name)
		}
		*at = f.Offset
		if name == "planner" {
			k.plannerOf = k.byType[f.Type].elem
		}
	}
	k.known(k.byType[reflect.TypeFor[rules.LabelTemplate]()])
	k.known(k.core)
	k.known(k.plannerOf)
	return k, nil
}

// known marks the functions of a struct as those that Restore gives back.
func (k *kinds) known(x *kind) {
	for _, f := range x.fields {
		f.kind.known = f.kind.of == reflect.Func
	}
}

func (k *kinds) planner(core unsafe.Pointer) unsafe.Pointer {
	return *(*unsafe.Pointer)(unsafe.Add(core, k.plannerAt))
}

// learn numbers a type and all that can be reached from it. Who stands behind an
// interface is found because something else leads there, too.
func (k *kinds) learn(t reflect.Type) *kind {
	if x, known := k.byType[t]; known {
		return x
	}
	x := &kind{t: t, of: t.Kind(), size: t.Size(), number: len(k.all), special: specialOf(t)}
	k.byType[t] = x
	k.all = append(k.all, x)
	if x.special != ordinary {
		return x
	}
	switch x.of { // the others lead nowhere
	case reflect.Array:
		x.elem, x.len = k.learn(t.Elem()), t.Len()
	case reflect.Pointer, reflect.Slice:
		x.elem = k.learn(t.Elem())
	case reflect.Map:
		x.key, x.elem = k.learn(t.Key()), k.learn(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			f := t.Field(i)
			x.fields = append(x.fields, field{k.learn(f.Type), f.Offset, f.Name})
		}
		k.learn(reflect.PointerTo(t))
	}
	return x
}

func specialOf(t reflect.Type) special {
	switch t {
	case reflect.TypeFor[*regexp.Regexp]():
		return pattern
	case reflect.TypeFor[*time.Location]():
		return location
	case reflect.TypeFor[rules.Schedule]():
		return schedule
	}
	return ordinary
}

// isFlat goes down arrays and structs only, which hold no circles.
func (x *kind) isFlat() bool {
	switch {
	case x.special != ordinary:
		return false
	case x.of == reflect.Array:
		return x.elem.isFlat()
	case x.of == reflect.Struct:
		for _, f := range x.fields {
			if !f.kind.isFlat() {
				return false
			}
		}
		return true
	}
	return x.of >= reflect.Bool && x.of <= reflect.Complex128 && x.of != reflect.Uintptr
}

// Layout names the layout of a core in memory. Pictures are read by programs of the
// same layout.
func Layout() string {
	k, err := newKinds()
	if err != nil {
		return ""
	}
	var b strings.Builder
	for _, x := range k.all {
		fmt.Fprintf(&b, "%s %s %d\n", x.t.PkgPath(), x.t, x.size)
		for _, f := range x.fields {
			fmt.Fprintf(&b, " %s %d %d\n", f.name, f.offset, f.kind.number)
		}
	}
	sum := sha256.Sum256([]byte(b.String()))
	return hex.EncodeToString(sum[:8])
}
