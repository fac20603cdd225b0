package gittree

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// take takes in the list of all files: mode, kind, object, tab, name.
func (t *Tree) take(ctx context.Context, list string) error {
	for entry := range strings.SplitSeq(strings.TrimSuffix(list, "\x00"), "\x00") {
		about, name, _ := strings.Cut(entry, "\t")
		fields := strings.Fields(about)
		if len(fields) != 3 {
			continue // an empty tree
		}
		switch fields[0] {
		case "160000":
			t.modules[name] = true
		case "120000":
			target, err := t.git(ctx, "cat-file", "blob", fields[2])
			if err != nil {
				return err
			}
			t.links[name] = inside(name, string(target))
		}
		t.names = append(t.names, name)
	}
	slices.Sort(t.names)
	return nil
}

// inside is what a link stands for, from the top of the repository; empty if that
// is outside.
func inside(link, target string) string {
	full := path.Join(path.Dir(link), target)
	if path.IsAbs(target) || full == ".." || strings.HasPrefix(full, "../") {
		return ""
	}
	return full
}

// mostLinks is how many links are followed, as elsewhere: they may form a ring.
const mostLinks = 40

// follow returns the name that a name stands for: without links.
func (t *Tree) follow(full string) (string, error) {
	for range mostLinks {
		link, rest := t.first(full)
		switch target := t.links[link]; {
		case link == "":
			return full, nil
		case t.modules[link]:
			return "", fmt.Errorf("%s is a submodule, whose files are not in this revision", link)
		case target == "":
			return "", fs.ErrNotExist
		default:
			full = path.Join(target, rest)
		}
	}
	return "", fs.ErrNotExist
}

// first returns the first link or submodule on the way to a name, and what comes
// after it.
func (t *Tree) first(full string) (link, rest string) {
	for n := 0; n <= len(full); n++ {
		if n < len(full) && full[n] != '/' {
			continue
		}
		_, linked := t.links[full[:n]]
		if linked || t.modules[full[:n]] {
			return full[:n], strings.TrimPrefix(full[n:], "/")
		}
	}
	return "", ""
}

// Glob returns the names that match a pattern, sorted.
func (t *Tree) Glob(pattern string) ([]string, error) {
	full := t.full(pattern)
	if _, err := path.Match(full, ""); err != nil {
		return nil, err
	}
	fixed, _, _ := strings.Cut(full, "*")
	if _, err := t.follow(path.Dir(fixed)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err // the rules are there, and can't be read: that is not the same as none
	}
	found := []string{""}
	for part := range strings.SplitSeq(full, "/") {
		var next []string
		for _, dir := range found {
			for _, e := range t.entries(dir) {
				if ok, _ := path.Match(part, e); ok {
					next = append(next, path.Join(dir, e))
				}
			}
		}
		found = next
	}
	found = slices.DeleteFunc(found, func(name string) bool { return !t.isFile(name) })
	for i, name := range found {
		found[i] = t.relative(name)
	}
	slices.Sort(found)
	return found, nil
}

func (t *Tree) isFile(name string) bool {
	full, err := t.follow(name)
	_, found := slices.BinarySearch(t.names, full)
	return err == nil && found
}

// entries are the names in a folder; none if it is none.
func (t *Tree) entries(dir string) []string {
	full, err := t.follow(dir)
	if err != nil { // a link to nowhere, or a submodule
		return nil
	}
	prefix := full + "/"
	if full == "" || full == "." {
		prefix = ""
	}
	var all []string
	from, _ := slices.BinarySearch(t.names, prefix)
	for _, name := range t.names[from:] {
		below, inside := strings.CutPrefix(name, prefix)
		if !inside {
			break
		}
		below, _, _ = strings.Cut(below, "/")
		all = append(all, below)
	}
	return slices.Compact(all)
}
