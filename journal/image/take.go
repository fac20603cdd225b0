package image

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"sort"
	"time"
	"unsafe"

	"tocsin/rules"
)

// A spot is memory as a type: the first field of a struct is where the struct is.
type spot struct {
	p unsafe.Pointer
	t reflect.Type
	n int
}

// A taker walks through a core and writes it down.
type taker struct {
	*types
	todo []region // found and not yet walked through
	seen map[spot]bool
	maps map[unsafe.Pointer]int // by where they are; numbered when written

	objects []region // what pointers point into, by address; none within another
	b       []byte
	err     error
}

func (e *taker) fail(t reflect.Type) {
	if e.err == nil {
		e.err = fmt.Errorf("%w: a %s", errUnknown, t)
	}
}

// region notes memory that something points to.
func (e *taker) region(p unsafe.Pointer, t reflect.Type, n int) {
	if s := (spot{p, t, n}); !e.seen[s] {
		e.seen[s] = true
		r := region{p, t, n}
		e.todo = append(e.todo, r)
		e.objects = append(e.objects, r)
	}
}

// each visits the values of a region.
func (e *taker) each(r region, visit func(reflect.Type, unsafe.Pointer)) {
	if !e.isFlat(r.t) {
		each(r, visit)
	}
}

// walk finds what a value leads to.
func (e *taker) walk(t reflect.Type, p unsafe.Pointer) {
	if e.isFlat(t) || e.known(t) {
		return
	}
	switch t.Kind() {
	case reflect.String, reflect.Func:
	case reflect.Pointer:
		if to := *(*unsafe.Pointer)(p); to != nil {
			e.region(to, t.Elem(), 1)
		}
	case reflect.Slice:
		if s := *(*slice)(p); s.len > 0 {
			e.region(s.p, t.Elem(), s.len)
		}
	case reflect.Array:
		each(region{p, t.Elem(), t.Len()}, e.walk)
	case reflect.Struct:
		for i := range t.NumField() {
			f := t.Field(i)
			e.walk(f.Type, unsafe.Add(p, f.Offset))
		}
	case reflect.Map:
		if m := *(*unsafe.Pointer)(p); m != nil {
			if _, known := e.maps[m]; !known {
				e.maps[m] = -1
				e.entries(t, p, e.walk)
			}
		}
	case reflect.Interface:
		if v := reflect.NewAt(t, p).Elem(); !v.IsNil() {
			e.walk(copied(v.Elem()))
		}
	default:
		e.fail(t)
	}
}

// entries visits the keys and values of a map.
func (e *taker) entries(t reflect.Type, p unsafe.Pointer, visit func(reflect.Type, unsafe.Pointer)) {
	for it := reflect.NewAt(t, p).Elem().MapRange(); it.Next(); {
		visit(copied(it.Key()))
		visit(copied(it.Value()))
	}
}

// copied puts a value where it has an address.
func copied(v reflect.Value) (reflect.Type, unsafe.Pointer) {
	c := reflect.New(v.Type())
	c.Elem().Set(v)
	return v.Type(), c.UnsafePointer()
}

// merge leaves those objects that lie in no other: what points into one is
// written as a place in it.
func (e *taker) merge() {
	slices.SortStableFunc(e.objects, func(a, b region) int {
		return cmp.Or(cmp.Compare(a.begin(), b.begin()), cmp.Compare(b.size(), a.size()))
	})
	var out []region
	for _, r := range e.objects {
		last := len(out) - 1
		switch {
		case last < 0 || r.begin() >= out[last].end() || r.size() == 0 && r.begin() != out[last].begin():
			out = append(out, r)
		case r.end() <= out[last].end():
		case r.t == out[last].t && (r.begin()-out[last].begin())%r.t.Size() == 0: // slices of one array
			out[last].n = int((r.end() - out[last].begin()) / r.t.Size())
		default:
			e.fail(r.t)
		}
	}
	e.objects = out
}

// place returns the object that holds an address, and where in it.
func (e *taker) place(p unsafe.Pointer) (object int, offset uintptr) {
	n := sort.Search(len(e.objects), func(i int) bool { return e.objects[i].begin() > uintptr(p) }) - 1
	return n, uintptr(p) - e.objects[n].begin()
}

// write writes the table of objects, then what is in them.
func (e *taker) write(core, planner unsafe.Pointer) {
	e.b = uvarint(e.b, len(e.objects))
	for _, special := range []unsafe.Pointer{core, planner} {
		n, _ := e.place(special)
		e.b = uvarint(e.b, n)
	}
	for _, r := range e.objects {
		e.b = uvarint(uvarint(e.b, e.numbers[r.t]), r.n)
	}
	numbered := 0
	for m := range e.maps { // their numbers are given in the order of writing
		e.maps[m] = -1
	}
	for _, r := range e.objects {
		each(r, func(t reflect.Type, p unsafe.Pointer) { e.put(t, p, &numbered) })
	}
}

// put writes a value.
func (e *taker) put(t reflect.Type, p unsafe.Pointer, maps *int) {
	if e.isFlat(t) {
		e.b = append(e.b, unsafe.Slice((*byte)(p), t.Size())...)
		return
	}
	switch t {
	case e.pattern:
		if re := *(**regexp.Regexp)(p); re != nil {
			e.text("+" + re.String())
			return
		}
		e.text("")
		return
	case e.location:
		if loc := *(**time.Location)(p); loc != nil {
			e.text("+" + loc.String())
			return
		}
		e.text("")
		return
	case e.schedule:
		e.text((*rules.Schedule)(p).Text)
		return
	}
	e.putKind(t, p, maps)
}

func (e *taker) putKind(t reflect.Type, p unsafe.Pointer, maps *int) {
	switch t.Kind() {
	case reflect.String:
		e.text(*(*string)(p))
	case reflect.Func:
		e.truth(*(*unsafe.Pointer)(p) != nil)
	case reflect.Pointer:
		to := *(*unsafe.Pointer)(p)
		if e.truth(to != nil); to != nil {
			e.pointer(to)
		}
	case reflect.Slice:
		s := *(*slice)(p)
		if e.truth(s.p != nil); s.p == nil {
			return
		}
		if e.b = uvarint(e.b, s.len); s.len > 0 {
			e.pointer(s.p)
		}
	case reflect.Array:
		each(region{p, t.Elem(), t.Len()}, func(t reflect.Type, p unsafe.Pointer) { e.put(t, p, maps) })
	case reflect.Struct:
		for i := range t.NumField() {
			f := t.Field(i)
			e.put(f.Type, unsafe.Add(p, f.Offset), maps)
		}
	case reflect.Map:
		e.putMap(t, p, maps)
	case reflect.Interface:
		v := reflect.NewAt(t, p).Elem()
		if e.truth(!v.IsNil()); v.IsNil() {
			return
		}
		dt, dp := copied(v.Elem())
		number, known := e.numbers[dt]
		if !known {
			e.fail(dt)
			return
		}
		e.b = uvarint(e.b, number)
		e.put(dt, dp, maps)
	default:
		e.fail(t)
	}
}

// putMap writes a map where it is met first, and its number elsewhere.
func (e *taker) putMap(t reflect.Type, p unsafe.Pointer, maps *int) {
	m := *(*unsafe.Pointer)(p)
	if e.truth(m != nil); m == nil {
		return
	}
	if n := e.maps[m]; n >= 0 {
		e.b = uvarint(e.b, n)
		return
	}
	e.maps[m] = *maps
	e.b = uvarint(e.b, *maps)
	*maps++
	e.b = uvarint(e.b, reflect.NewAt(t, p).Elem().Len())
	e.entries(t, p, func(t reflect.Type, p unsafe.Pointer) { e.put(t, p, maps) })
}

func (e *taker) pointer(to unsafe.Pointer) {
	n, at := e.place(to)
	e.b = binary.AppendUvarint(uvarint(e.b, n), uint64(at))
}

func (e *taker) text(s string) { e.b = append(uvarint(e.b, len(s)), s...) }

func (e *taker) truth(v bool) {
	if v {
		e.b = append(e.b, 1)
		return
	}
	e.b = append(e.b, 0)
}
