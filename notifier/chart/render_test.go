package chart

import (
	"bytes"
	"flag"
	"image/png"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files")

// Every picture is the one in testdata, at most 30 kB, and the same each time.
func TestRender(t *testing.T) {
	for _, c := range pictureCases() {
		t.Run(c.name, func(t *testing.T) {
			got, err := Render(c.data)
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join("testdata", c.name+".png")
			if *update {
				if err := os.WriteFile(path, got, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatalf("%v (run with -update to make it)", err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%s: another picture than the golden one", path)
			}
			if again, _ := Render(c.data); !bytes.Equal(got, again) {
				t.Error("the same data make another picture")
			}
			if len(got) > 30_000 {
				t.Errorf("%d bytes", len(got))
			}
			size, err := png.DecodeConfig(bytes.NewReader(got))
			if err != nil || size.Width != Width*density || size.Height != Height*density {
				t.Errorf("%dx%d, %v", size.Width, size.Height, err)
			}
		})
	}
}
