"""Pictures to measure with: packed sprites on plain backgrounds."""
import gzip
import io
import json

from PIL import Image

BACKGROUNDS = [(255, 255, 255), (246, 236, 214), (190, 220, 245), (40, 44, 60), (120, 190, 110)]


def sprites(pack, count):
    """`count` sprites spread evenly over the folder `pack` (captions.json.gz and img*.bin), as RGB pictures."""
    items = json.load(gzip.open(pack / "captions.json.gz"))["items"]
    shards = [path.read_bytes() for path in sorted(pack.glob("img*.bin"))]
    for i, (shard, offset, length, *_) in enumerate(items[:: len(items) // count][:count]):
        sprite = Image.open(io.BytesIO(shards[shard][offset : offset + length])).convert("RGBA")
        picture = Image.new("RGBA", sprite.size, (*BACKGROUNDS[i % len(BACKGROUNDS)], 255))
        picture.alpha_composite(sprite)
        yield picture.convert("RGB")
