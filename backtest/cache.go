package backtest

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
)

// A Cache keeps pages on disk. What is in it is as good as new: pages that the
// source may still add to are not kept. It is safe for concurrent use, by several
// processes too: a file is there whole or not at all.
type Cache struct {
	// Dir is the folder; it is made when the first page is kept.
	Dir string
	// Identity tells what a source's name stands for, such as its URL.
	Identity map[string]string
	// Settled is the time up to which the past doesn't change any more.
	Settled model.Time
	// Parse reads labels as the sources write them.
	Parse func(raw string) (labels.Labels, error)

	once     sync.Once
	packer   *zstd.Encoder
	unpacker *zstd.Decoder
	broken   error // of these two
}

// pack readies the two that pack and unpack: each is large, so there is one of it.
func (c *Cache) pack() error {
	c.once.Do(func() {
		var err error
		c.packer, c.broken = zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20))
		c.unpacker, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(1<<30))
		c.broken = errors.Join(c.broken, err)
	})
	return c.broken
}

// folder is where the pages of an expression are.
func (c *Cache) folder(key streamKey) string {
	sum := sha256.Sum256([]byte(c.Identity[key.source] + "\x00" + key.expr))
	return filepath.Join(c.Dir, hex.EncodeToString(sum[:12]), fmt.Sprintf("%d-%d", key.step.Milliseconds(), key.phase))
}

func (c *Cache) file(key streamKey, from model.Time, points int) string {
	return filepath.Join(c.folder(key), fmt.Sprintf("%d-%d.page", int64(from), points))
}

// cached returns the largest page with an instant that there is room for.
func (p *Pages) cached(key streamKey, n int64) *page {
	if p.Cache == nil {
		return nil
	}
	for points := mostPoints; points >= fewPoints; points /= 2 {
		from := model.Time(n/int64(points)*int64(points)*key.step.Milliseconds() + key.phase)
		pg, err := p.Cache.load(p.Cache.file(key, from, points), p.room)
		if err == nil && pg.from == from && pg.step == key.step && pg.points == points {
			return pg
		}
	}
	return nil
}

// keep writes a page that won't change any more. A cache that can't be written is
// none: the next run asks again.
func (p *Pages) keep(key streamKey, pg *page) {
	if p.Cache == nil || pg.until() > p.Cache.Settled {
		return
	}
	_ = p.Cache.store(p.Cache.file(key, pg.from, pg.points), pg)
}

// A header is the first line of a page's file. The values follow, packed: series
// by series, each XORed with the one before it.
type header struct {
	Version int        `json:"version"`
	From    model.Time `json:"from"`
	Step    int64      `json:"step"`
	Points  int        `json:"points"`
	Series  []string   `json:"series"`
}

const cacheVersion = 1

var errUnusable = errors.New("not a page that can be used")

func (c *Cache) store(name string, pg *page) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(name), ".page-*")
	if err != nil {
		return err
	}
	err = errors.Join(c.encode(f, pg), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}

func (c *Cache) encode(w io.Writer, pg *page) error {
	head, err := json.Marshal(header{cacheVersion, pg.from, pg.step.Milliseconds(), pg.points, pg.raws})
	if err != nil {
		return err
	}
	body := make([]byte, 0, len(head)+4+8*len(pg.values))
	body = binary.LittleEndian.AppendUint32(body, uint32(len(head)))
	body = append(body, head...)
	for col := range pg.raws {
		before := uint64(0)
		for n := col; n < len(pg.values); n += len(pg.raws) {
			bits := math.Float64bits(pg.values[n])
			body = binary.LittleEndian.AppendUint64(body, bits^before)
			before = bits
		}
	}
	if err := c.pack(); err != nil {
		return err
	}
	_, err = w.Write(c.packer.EncodeAll(body, nil))
	return err
}

// load reads a page unless it holds more samples than there is room for. Damage
// is noticed: zstd sums what it packs.
func (c *Cache) load(name string, room int) (*page, error) {
	packed, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	if err := c.pack(); err != nil {
		return nil, err
	}
	body, err := c.unpacker.DecodeAll(packed, nil)
	if err != nil {
		return nil, err
	}
	return c.decode(body, room)
}

func (c *Cache) decode(body []byte, room int) (*page, error) {
	if len(body) < 4 {
		return nil, errUnusable
	}
	size := int64(binary.LittleEndian.Uint32(body))
	if body = body[4:]; size > int64(len(body)) {
		return nil, errUnusable
	}
	var h header
	if err := json.Unmarshal(body[:size], &h); err != nil {
		return nil, err
	}
	body = body[size:]
	fits := h.Points <= fewPoints || h.Points*len(h.Series) <= room
	if h.Version != cacheVersion || h.Points < 1 || h.Step < 1 || !fits || len(body) != 8*h.Points*len(h.Series) {
		return nil, errUnusable
	}
	pg := emptyPage(h.From, time.Duration(h.Step)*time.Millisecond, h.Points, 0)
	pg.raws, pg.parse, pg.values = h.Series, c.Parse, make([]float64, h.Points*len(h.Series))
	for col := range pg.raws {
		before := uint64(0)
		for n := col; n < len(pg.values); n += len(pg.raws) {
			before ^= binary.LittleEndian.Uint64(body)
			pg.values[n] = math.Float64frombits(before)
			body = body[8:]
		}
	}
	return pg, nil
}

// Prune removes the pages that were made longest ago until those that are left are
// no larger than most bytes together.
func (c *Cache) Prune(most int64) error {
	type kept struct {
		name string
		made time.Time
		size int64
	}
	var all []kept
	var total int64
	err := filepath.WalkDir(c.Dir, func(name string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() || filepath.Ext(name) != ".page" {
			return nil //nolint:nilerr // what is gone by now needs no pruning, and what is not ours is not touched
		}
		if info, err := e.Info(); err == nil {
			all = append(all, kept{name, info.ModTime(), info.Size()})
			total += info.Size()
		}
		return nil
	})
	slices.SortFunc(all, func(a, b kept) int { return cmp.Or(a.made.Compare(b.made), cmp.Compare(a.name, b.name)) })
	for _, k := range all {
		if total <= most {
			break
		}
		if err = errors.Join(err, os.Remove(k.name)); err == nil {
			total -= k.size
		}
	}
	return err
}
