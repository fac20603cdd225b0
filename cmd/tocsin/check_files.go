package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tocsin/rules/file"
)

// stdinName is what standard input is called where files have names.
const stdinName = "stdin"

// mostPiped is how much of standard input is read: more than a file may be.
const mostPiped = 2 << 20

// A named is what the command line names: files, and where they are read from.
type named struct {
	names []string
	files file.Files
	other []string // in folders, and neither rules nor a config
}

// others says which files were passed over.
func (n named) others() string {
	if len(n.other) == 0 {
		return ""
	}
	shown := n.other[:min(len(n.other), 5)]
	more := ""
	if len(n.other) > len(shown) {
		more = fmt.Sprintf(" and %d more", len(n.other)-len(shown))
	}
	return "passed over, as neither rules nor a config: " + strings.Join(shown, ", ") + more + "\n"
}

// named expands patterns, which a shell may have left alone, and folders.
func (c checkCommand) named(w process) (named, error) {
	read := remember()
	n := named{files: read}
	if len(c.Files) == 0 {
		name, err := orDefault()
		if err != nil {
			return n, err
		}
		c.Files = []string{name}
	}
	for _, pattern := range c.Files {
		if pattern == "-" {
			src, err := io.ReadAll(io.LimitReader(w.in, mostPiped))
			if err != nil {
				return n, &exitError{exitUsage, fmt.Errorf("standard input: %w", err)}
			}
			read.texts[stdinName] = src
			n.names = append(n.names, stdinName)
			continue
		}
		names, err := filepath.Glob(pattern)
		if err != nil {
			return n, usageError("%q is no pattern: %v", pattern, err)
		}
		if len(names) == 0 {
			names = []string{pattern}
		}
		for _, name := range names {
			if err := n.add(name); err != nil {
				return n, err
			}
		}
	}
	if len(n.names) == 0 {
		return n, usageError("no rules and no config in %s", strings.Join(c.Files, ", "))
	}
	return n, nil
}

// add adds a file, or those of a folder.
func (n *named) add(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return &exitError{exitUsage, err}
	}
	info, err := f.Stat()
	if err = errors.Join(err, f.Close()); err != nil {
		return &exitError{exitUsage, err}
	}
	if !info.IsDir() {
		n.names = append(n.names, name)
		return nil
	}
	return n.folder(name)
}

// folder adds the files of a folder and of those below it that are for tocsin.
func (n *named) folder(name string) error {
	err := filepath.WalkDir(name, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && path != name && strings.HasPrefix(entry.Name(), "."):
			return filepath.SkipDir
		case entry.IsDir() || !slices.Contains([]string{".yaml", ".yml"}, filepath.Ext(path)):
			return nil
		}
		info, err := os.Stat(path) // of what a link leads to
		if err != nil || !info.Mode().IsRegular() {
			return err // a pipe would have to be waited for
		}
		src, err := n.files.Read(path)
		if err != nil {
			return err
		}
		if file.IsOther(src) {
			n.other = append(n.other, path)
		} else {
			n.names = append(n.names, path)
		}
		return nil
	})
	if err != nil {
		return &exitError{exitUsage, err}
	}
	return nil
}

// remembered reads each file once: it is looked at again and again, and a pipe can be
// read no second time.
type remembered struct {
	file.Files
	texts map[string][]byte
}

func remember() remembered { return remembered{file.Disk{}, map[string][]byte{}} }

// Read reads a file, or remembers it.
func (r remembered) Read(name string) ([]byte, error) {
	if text, ok := r.texts[name]; ok {
		return text, nil
	}
	text, err := r.Files.Read(name)
	if err == nil {
		r.texts[name] = text
	}
	return text, err
}
