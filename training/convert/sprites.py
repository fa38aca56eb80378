"""Pictures to measure with: packed sprites on plain backgrounds."""
import gzip
import io
import json

from PIL import Image

BACKGROUNDS = [(255, 255, 255), (246, 236, 214), (190, 220, 245), (40, 44, 60), (120, 190, 110)]


def read_pack(pack):
    """What is known of every sprite in the folder `pack` (captions.json.gz and img*.bin), and the bytes of its shards."""
    with gzip.open(pack / "captions.json.gz", "rt") as file:
        packed = json.load(file)
    return [dict(zip(packed["fields"], row)) for row in packed["items"]], [path.read_bytes() for path in sorted(pack.glob("img*.bin"))]


def measured(items, count):
    """`count` of them, spread evenly."""
    return items[:: len(items) // count][:count]


def sprites(pack, count):
    """`count` sprites spread evenly over the folder, as RGB pictures."""
    items, shards = read_pack(pack)
    for i, item in enumerate(measured(items, count)):
        sprite = Image.open(io.BytesIO(shards[item["shard"]][item["offset"] : item["offset"] + item["length"]])).convert("RGBA")
        picture = Image.new("RGBA", sprite.size, (*BACKGROUNDS[i % len(BACKGROUNDS)], 255))
        picture.alpha_composite(sprite)
        yield picture.convert("RGB")
