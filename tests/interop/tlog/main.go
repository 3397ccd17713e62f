// Reads and writes logs with golang.org/x/mod/sumdb alone: what it says of ours, ours must say of its own.
package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "refused:", err)
		os.Exit(1)
	}
}

func read(path string) []byte {
	data, err := os.ReadFile(path)
	must(err)
	return data
}

// path is that of C2SP, which leaves out the height that x/mod writes.
func path(dir string, tile tlog.Tile) string {
	name := strings.Replace(tile.Path(), "tile/8/data/", "tile/entries/", 1)
	return filepath.Join(dir, strings.Replace(name, "tile/8/", "tile/", 1))
}

type folder struct{ dir string }

func (f folder) Height() int                     { return height }
func (f folder) SaveTiles([]tlog.Tile, [][]byte) {}
func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		data, err := os.ReadFile(path(f.dir, tile))
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

// open believes a checkpoint that the key has signed.
func open(data []byte, vkey string, more ...note.Verifier) tlog.Tree {
	verifier, err := note.NewVerifier(vkey)
	must(err)
	signed, err := note.Open(data, note.VerifierList(append(more, verifier)...))
	must(err)
	if len(signed.Sigs) != 1+len(more) {
		must(fmt.Errorf("%d signatures hold, not %d", len(signed.Sigs), 1+len(more)))
	}
	lines := strings.Split(signed.Text, "\n")
	if lines[0] != verifier.Name() {
		must(errors.New("another log"))
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err)
	return tlog.Tree{N: size, Hash: hashes(lines[2:3])[0]}
}

func hashes(lines []string) []tlog.Hash {
	var all []tlog.Hash
	for _, line := range lines {
		data, err := base64.StdEncoding.DecodeString(line)
		must(err)
		var hash tlog.Hash
		if copy(hash[:], data) != len(hash) || len(data) != len(hash) {
			must(errors.New("no hash"))
		}
		all = append(all, hash)
	}
	return all
}

// entries reads a bundle.
func entries(dir string, number, width int64) [][]byte {
	data := read(path(dir, tlog.Tile{H: height, L: -1, N: number, W: int(width)}))
	var all [][]byte
	for len(data) > 0 {
		length := int(binary.BigEndian.Uint16(data))
		all = append(all, data[2:2+length])
		data = data[2+length:]
	}
	if int64(len(all)) != width {
		must(fmt.Errorf("%d entries, not %d", len(all), width))
	}
	return all
}

// verify reads all of a log, and proves each of its entries.
func verify(dir, vkey string) {
	tree := open(read(filepath.Join(dir, "checkpoint")), vkey)
	reader := tlog.TileHashReader(tree, folder{dir})
	root, err := tlog.TreeHash(tree.N, reader)
	must(err)
	if root != tree.Hash {
		must(errors.New("another root"))
	}
	for first := int64(0); first < tree.N; first += 256 {
		width := min(tree.N-first, 256)
		for at, entry := range entries(dir, first/256, width) {
			index := first + int64(at)
			proof, err := tlog.ProveRecord(tree.N, index, reader)
			must(err)
			must(tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(entry)))
		}
	}
	fmt.Println("entries", tree.N)
}

// proof reads a .tlog-proof.
func proof(file, vkey string, more ...note.Verifier) {
	head, signed, _ := strings.Cut(string(read(file)), "\n\n")
	tree := open([]byte(signed), vkey, more...)
	lines := strings.Split(head, "\n")
	if lines[0] != "c2sp.org/tlog-proof@v1" {
		must(errors.New("no proof"))
	}
	entry, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(lines[1], "extra "))
	must(err)
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[2], "index "), 10, 64)
	must(err)
	must(tlog.CheckRecord(hashes(lines[3:]), tree.N, tree.Hash, index, tlog.RecordHash(entry)))
	fmt.Println("index", index)
}

// growth reads what a witness is asked with.
func growth(file, earlier, vkey string) {
	head, signed, _ := strings.Cut(string(read(file)), "\n\n")
	tree, old := open([]byte(signed), vkey), open(read(earlier), vkey)
	lines := strings.Split(head, "\n")
	if lines[0] != fmt.Sprintf("old %d", old.N) {
		must(errors.New("of another size"))
	}
	must(tlog.CheckTree(hashes(lines[1:]), tree.N, tree.Hash, old.N, old.Hash))
	fmt.Println("grown", old.N, tree.N)
}

// witness verifies cosignatures of Ed25519 (C2SP tlog-cosignature), which x/mod knows nothing of.
type witness struct {
	name string
	key  ed25519.PublicKey
}

func (w witness) Name() string { return w.name }
func (w witness) KeyHash() uint32 {
	sum := sha256.Sum256(append([]byte(w.name+"\n\x04"), w.key...))
	return binary.BigEndian.Uint32(sum[:])
}
func (w witness) Verify(text, signature []byte) bool {
	if len(signature) != 8+ed25519.SignatureSize {
		return false
	}
	time := binary.BigEndian.Uint64(signature)
	message := fmt.Sprintf("cosignature/v1\ntime %d\n%s", time, text)
	return ed25519.Verify(w.key, []byte(message), signature[8:])
}

func newWitness(vkey string) witness {
	parts := strings.SplitN(vkey, "+", 3)
	key, err := base64.StdEncoding.DecodeString(parts[2])
	must(err)
	if key[0] != 4 || len(key) != 1+ed25519.PublicKeySize {
		must(errors.New("no key of a witness"))
	}
	return witness{parts[0], key[1:]}
}

// write makes a log of the lines of a file, and prints its vkey.
func write(dir, file, origin string) {
	skey, vkey, err := note.GenerateKey(rand.Reader, origin)
	must(err)
	signer, err := note.NewSigner(skey)
	must(err)
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var all []tlog.Hash
		for _, index := range indexes {
			all = append(all, stored[index])
		}
		return all, nil
	})
	lines := strings.Split(strings.TrimSpace(string(read(file))), "\n")
	bundles := map[int64][]byte{}
	for index, line := range lines {
		more, err := tlog.StoredHashes(int64(index), []byte(line), reader)
		must(err)
		stored = append(stored, more...)
		number := int64(index) / 256
		bundles[number] = binary.BigEndian.AppendUint16(bundles[number], uint16(len(line)))
		bundles[number] = append(bundles[number], line...)
	}
	size := int64(len(lines))
	save := func(tile tlog.Tile, data []byte) {
		file := path(dir, tile)
		must(os.MkdirAll(filepath.Dir(file), 0o755))
		must(os.WriteFile(file, data, 0o644))
	}
	for _, tile := range tlog.NewTiles(height, 0, size) {
		data, err := tlog.ReadTileData(tile, reader)
		must(err)
		save(tile, data)
	}
	for number, data := range bundles {
		save(tlog.Tile{H: height, L: -1, N: number, W: int(min(size-number*256, 256))}, data)
	}
	root, err := tlog.TreeHash(size, reader)
	must(err)
	text := fmt.Sprintf("%s\n%d\n%s\n", origin, size, root)
	signed, err := note.Sign(&note.Note{Text: text}, signer)
	must(err)
	must(os.WriteFile(filepath.Join(dir, "checkpoint"), signed, 0o644))
	fmt.Println(vkey)
}

func main() {
	switch arguments := os.Args[2:]; os.Args[1] {
	case "verify":
		verify(arguments[0], arguments[1])
	case "proof":
		proof(arguments[0], arguments[1])
	case "cosigned":
		proof(arguments[0], arguments[1], newWitness(arguments[2]))
	case "growth":
		growth(arguments[0], arguments[1], arguments[2])
	case "write":
		write(arguments[0], arguments[1], arguments[2])
	default:
		must(fmt.Errorf("unknown: %s", os.Args[1]))
	}
}
