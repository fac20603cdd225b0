package image

import (
	"encoding/binary"
	"reflect"
	"regexp"
	"time"
	"unsafe"

	"tocsin/rules"
	"tocsin/rules/file"
)

// A restorer makes a core of a picture. What is wrong in a picture ends in a panic,
// which Restore makes an error of.
type restorer struct {
	*kinds
	all  []region
	maps []reflect.Value
	b    []byte
}

// mostSpread is how many bytes of memory one of a picture can be: an empty slice is one
// there and 24 here.
const mostSpread = 32

// objects makes all objects, empty; the core and its planner are there already,
// since they know each other by a function.
func (d *restorer) objects(core, planner unsafe.Pointer) {
	n := d.size()
	there := map[int]region{}
	for _, r := range []region{{core, d.core, 1}, {planner, d.plannerOf, 1}} {
		there[d.uint()] = r
	}
	d.all = make([]region, 0, n)
	room := uintptr(len(d.b)) * mostSpread
	met := 0
	for i := range n {
		r := region{k: d.kinds.all[d.uint()], n: d.size()}
		if r.size() > room {
			panic("objects that the picture can't fill")
		}
		room -= r.size()
		switch known, ok := there[i]; {
		case !ok:
			r.p = reflect.MakeSlice(reflect.SliceOf(r.k.t), r.n, r.n).UnsafePointer()
		case r.k == known.k && r.n == known.n:
			r.p = known.p
			met++
		}
		d.all = append(d.all, r)
	}
	if met != 2 {
		panic("a core or planner that is something else")
	}
}

// read fills a value.
func (d *restorer) read(k *kind, p unsafe.Pointer) {
	if k.flat {
		copy(unsafe.Slice((*byte)(p), k.size), d.take(int(k.size)))
		return
	}
	switch k.special {
	case pattern:
		if s := d.text(); s != "" {
			*(**regexp.Regexp)(p) = regexp.MustCompile(s[1:])
		}
	case location:
		if s := d.text(); s != "" {
			*(**time.Location)(p) = must(time.LoadLocation(s[1:]))
		}
	case schedule:
		if s := d.text(); s != "" {
			*(*rules.Schedule)(p) = *must(file.ReadSchedule(s))
		}
	case ordinary:
		d.readOrdinary(k, p)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func (d *restorer) readOrdinary(k *kind, p unsafe.Pointer) {
	switch k.of {
	case reflect.String:
		*(*string)(p) = d.text()
	case reflect.Func:
		d.function(k.t, p)
	case reflect.Pointer:
		*(*unsafe.Pointer)(p) = nil
		if d.truth() {
			*(*unsafe.Pointer)(p) = d.pointer(k.elem, 1)
		}
	case reflect.Slice:
		d.readSlice(k, p)
	case reflect.Array:
		each(region{p, k.elem, k.len}, d.read)
	case reflect.Struct:
		for _, f := range k.fields {
			d.read(f.kind, unsafe.Add(p, f.offset))
		}
	case reflect.Map:
		reflect.NewAt(k.t, p).Elem().Set(d.readMap(k))
	case reflect.Interface:
		v := reflect.NewAt(k.t, p).Elem()
		v.SetZero()
		if d.truth() {
			behind := d.kinds.all[d.uint()]
			value := reflect.New(behind.t)
			d.read(behind, value.UnsafePointer())
			v.Set(value.Elem())
		}
	default:
		panic(k.t.String())
	}
}

// function leaves a function that is there, and puts something in the place of one that
// will be compiled anew.
func (d *restorer) function(t reflect.Type, p unsafe.Pointer) {
	v := reflect.NewAt(t, p).Elem()
	if !d.truth() {
		v.SetZero()
		return
	}
	if v.IsNil() {
		v.Set(reflect.MakeFunc(t, func([]reflect.Value) []reflect.Value { panic("not compiled") }))
	}
}

func (d *restorer) readSlice(k *kind, p unsafe.Pointer) {
	*(*slice)(p) = slice{}
	if !d.truth() {
		return
	}
	n := d.uint()
	if n == 0 {
		reflect.NewAt(k.t, p).Elem().Set(reflect.MakeSlice(k.t, 0, 0))
		return
	}
	*(*slice)(p) = slice{p: d.pointer(k.elem, n), len: n, cap: n}
}

func (d *restorer) readMap(k *kind) reflect.Value {
	if !d.truth() {
		return reflect.Zero(k.t)
	}
	n := d.uint()
	if n < len(d.maps) {
		return d.maps[n]
	}
	size := d.size()
	m := reflect.MakeMapWithSize(k.t, size)
	d.maps = append(d.maps, m)
	for range size {
		key, value := reflect.New(k.key.t), reflect.New(k.elem.t)
		d.read(k.key, key.UnsafePointer())
		d.read(k.elem, value.UnsafePointer())
		m.SetMapIndex(key.Elem(), value.Elem())
	}
	return m
}

// pointer points to so many values of a type in an object. It is checked that this is
// what is there: a picture may come from anyone.
func (d *restorer) pointer(k *kind, n int) unsafe.Pointer {
	r := d.all[d.uint()]
	at := uintptr(d.uint())
	if n < 0 || at > r.size() || !r.holds(at, k, n) {
		panic("a pointer to something else")
	}
	return unsafe.Add(r.p, at)
}

// holds reports whether so many values of a type are in a region at an offset.
func (r region) holds(at uintptr, k *kind, n int) bool {
	if r.k.size == 0 {
		return at == 0 && r.k.alike(k) && n <= r.n
	}
	first, in := int(at/r.k.size), at%r.k.size
	if first >= r.n {
		return false
	}
	return in == 0 && r.k.alike(k) && n <= r.n-first || r.k.within(in, k, n)
}

// within reports whether so many values of a type are in one of another at an
// offset.
func (x *kind) within(at uintptr, k *kind, n int) bool {
	if n == 1 && at == 0 && x.alike(k) {
		return true
	}
	switch {
	case x.special != ordinary:
	case x.of == reflect.Array:
		return region{k: x.elem, n: x.len}.holds(at, k, n)
	case x.of == reflect.Struct:
		for _, f := range x.fields {
			if at >= f.offset && at-f.offset <= f.kind.size && f.kind.within(at-f.offset, k, n) {
				return true
			}
		}
	}
	return false
}

// alike reports whether a type is another, or another by a further name.
func (x *kind) alike(k *kind) bool {
	return x == k || x.of == reflect.Struct && k.of == reflect.Struct && x.size == k.size && x.t.ConvertibleTo(k.t)
}

func (d *restorer) take(n int) []byte {
	v := d.b[:n]
	d.b = d.b[n:]
	return v
}

func (d *restorer) uint() int {
	v, n := binary.Uvarint(d.b)
	if n <= 0 || v > 1<<40 {
		panic("a number that is none")
	}
	d.b = d.b[n:]
	return int(v)
}

// size is a number of things, of which each takes room in the picture.
func (d *restorer) size() int {
	n := d.uint()
	if n > len(d.b)+1 {
		panic("more things than there is room for")
	}
	return n
}

func (d *restorer) text() string { return string(d.take(d.size())) }

func (d *restorer) truth() bool { return d.take(1)[0] == 1 }
