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

// types are all that can be met in a core, in an order that is the same in the same
// program.
type types struct {
	all     []reflect.Type
	numbers map[reflect.Type]int
	flat    map[reflect.Type]bool // holds no pointer

	core, rule                  reflect.Type
	plannerAt, config           uintptr // where they are in a core
	pattern, location, schedule reflect.Type
}

func newTypes() (*types, error) {
	t := &types{
		numbers: map[reflect.Type]int{}, flat: map[reflect.Type]bool{},
		core: reflect.TypeFor[engine.Core](), rule: reflect.TypeFor[rules.Rule](),
		pattern: reflect.TypeFor[*regexp.Regexp](), location: reflect.TypeFor[*time.Location](),
		schedule: reflect.TypeFor[rules.Schedule](),
	}
	for name, at := range map[string]*uintptr{"planner": &t.plannerAt, "config": &t.config} {
		f, ok := t.core.FieldByName(name)
		if !ok {
			return nil, fmt.Errorf("%w: a core has no %s", errUnknown, name)
		}
		*at = f.Offset
	}
	t.learn(t.core)
	return t, nil
}

func (t *types) planner(core unsafe.Pointer) unsafe.Pointer {
	return *(*unsafe.Pointer)(unsafe.Add(core, t.plannerAt))
}

// known reports whether a type is written in a way of its own.
func (t *types) known(x reflect.Type) bool {
	return x == t.pattern || x == t.location || x == t.schedule
}

// learn numbers a type and all that can be reached from it. Who stands behind an
// interface is found because something else leads there, too.
func (t *types) learn(x reflect.Type) {
	if _, known := t.numbers[x]; known {
		return
	}
	t.numbers[x] = len(t.all)
	t.all = append(t.all, x)
	if t.known(x) {
		return
	}
	switch x.Kind() { //nolint:exhaustive // the others lead nowhere
	case reflect.Pointer, reflect.Slice, reflect.Array:
		t.learn(x.Elem())
	case reflect.Map:
		t.learn(x.Key())
		t.learn(x.Elem())
	case reflect.Struct:
		for i := range x.NumField() {
			t.learn(x.Field(i).Type)
		}
		t.learn(reflect.PointerTo(x))
	}
}

// isFlat reports whether a type holds no pointer of any kind, so that its memory is
// all there is to it.
func (t *types) isFlat(x reflect.Type) bool {
	if flat, known := t.flat[x]; known {
		return flat
	}
	flat := false
	switch k := x.Kind(); {
	case t.known(x):
	case k >= reflect.Bool && k <= reflect.Complex128 && k != reflect.Uintptr:
		flat = true
	case k == reflect.Array:
		flat = t.isFlat(x.Elem())
	case k == reflect.Struct:
		flat = true
		for i := range x.NumField() {
			flat = flat && t.isFlat(x.Field(i).Type)
		}
	}
	t.flat[x] = flat
	return flat
}

// Layout names the layout of a core in memory. Pictures are read by programs of the
// same layout.
func Layout() string {
	t, err := newTypes()
	if err != nil {
		return ""
	}
	var b strings.Builder
	for _, x := range t.all {
		fmt.Fprintf(&b, "%s %s %d\n", x.PkgPath(), x, x.Size())
		if x.Kind() != reflect.Struct || t.known(x) {
			continue
		}
		for i := range x.NumField() {
			f := x.Field(i)
			fmt.Fprintf(&b, " %s %d %d\n", f.Name, f.Offset, t.numbers[f.Type])
		}
	}
	sum := sha256.Sum256([]byte(b.String()))
	return hex.EncodeToString(sum[:8])
}
