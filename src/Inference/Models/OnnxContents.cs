using System.Text;

namespace Vitrine.Inference;

/// <summary>
/// What an ONNX file asks of its reader, found by walking the protobuf wire format without loading the graph: the files that it takes weights from
/// (onnx.proto: TensorProto.external_data, key "location"), the operators that it runs, how many nodes it has.
/// </summary>
internal sealed class OnnxContents
{
    private const int DeepestGraph = 32; // Graphs nest in attributes (If, Loop); real ones stay below five.
    private const int External = 13, AttributeTensor = 5, AttributeGraph = 6, AttributeTensors = 10, AttributeGraphs = 11;

    private readonly HashSet<string> locations = new(StringComparer.Ordinal), operators = new(StringComparer.Ordinal);

    /// <summary>Names of files, as written.</summary>
    public IReadOnlySet<string> Locations => locations;

    /// <summary>Operators as <c>domain:name</c>, or only the name for those of the ONNX standard; those of functions that the file itself defines included.</summary>
    public IReadOnlySet<string> Operators => operators;

    /// <summary>Nodes, those of inner graphs and functions included.</summary>
    public int Nodes { get; private set; }

    /// <exception cref="InvalidDataException">The bytes are no protobuf message.</exception>
    public static OnnxContents Read(ReadOnlySpan<byte> model)
    {
        var found = new OnnxContents();
        var reader = new Wire(model);
        while (reader.Next(out var field, out var body))
        {
            if (field == 7)
                InGraph(body, found, 0);
            else if (field == 25)
                InFunction(body, found);
        }
        return found;
    }

    private static void InGraph(ReadOnlySpan<byte> graph, OnnxContents found, int depth)
    {
        if (depth > DeepestGraph)
            throw new InvalidDataException($"Graphs nest deeper than {DeepestGraph}.");
        var reader = new Wire(graph);
        while (reader.Next(out var field, out var body))
        {
            if (field == 1)
                InNode(body, found, depth);
            else if (field == 5)
                InTensor(body, found);
            else if (field == 15)
                InSparseTensor(body, found);
        }
    }

    private static void InFunction(ReadOnlySpan<byte> function, OnnxContents found)
    {
        var reader = new Wire(function);
        while (reader.Next(out var field, out var body))
            if (field == 7)
                InNode(body, found, 0);
    }

    private static void InNode(ReadOnlySpan<byte> node, OnnxContents found, int depth)
    {
        found.Nodes++;
        var (name, domain) = ("", "");
        var reader = new Wire(node);
        while (reader.Next(out var field, out var body))
        {
            if (field == 4)
                name = Encoding.UTF8.GetString(body);
            else if (field == 7)
                domain = Encoding.UTF8.GetString(body);
            if (field != 5)
                continue;
            var attribute = new Wire(body);
            while (attribute.Next(out var part, out var value))
            {
                if (part is AttributeTensor or AttributeTensors)
                    InTensor(value, found);
                else if (part is AttributeGraph or AttributeGraphs)
                    InGraph(value, found, depth + 1);
                else if (part is 22 or 23)
                    InSparseTensor(value, found);
            }
        }
        found.operators.Add(domain is "" or "ai.onnx" ? name : $"{domain}:{name}");
    }

    private static void InSparseTensor(ReadOnlySpan<byte> tensor, OnnxContents found)
    {
        var reader = new Wire(tensor);
        while (reader.Next(out var field, out var body))
            if (field is 1 or 2)
                InTensor(body, found);
    }

    private static void InTensor(ReadOnlySpan<byte> tensor, OnnxContents found)
    {
        var reader = new Wire(tensor);
        while (reader.Next(out var field, out var body))
        {
            if (field != External)
                continue;
            var (key, value) = ("", "");
            var entry = new Wire(body);
            while (entry.Next(out var part, out var text))
            {
                if (part == 1)
                    key = Encoding.UTF8.GetString(text);
                else if (part == 2)
                    value = Encoding.UTF8.GetString(text);
            }
            if (key == "location")
                found.locations.Add(value);
        }
    }

    // Fields of one message; only those with a length have a body, numbers are passed over.
    private ref struct Wire(ReadOnlySpan<byte> message)
    {
        private ReadOnlySpan<byte> rest = message;

        public bool Next(out int field, out ReadOnlySpan<byte> body)
        {
            field = 0;
            body = default;
            if (rest.IsEmpty)
                return false;
            var tag = Varint();
            field = (int)Math.Min(tag >> 3, int.MaxValue);
            switch (tag & 7)
            {
                case 0: Varint(); break;
                case 1: Take(8); break;
                case 2: body = Take(Varint()); break;
                case 5: Take(4); break;
                default: throw new InvalidDataException("Not an ONNX file: unknown protobuf wire type.");
            }
            return true;
        }

        private ulong Varint()
        {
            ulong value = 0;
            for (var shift = 0; shift < 64; shift += 7)
            {
                var b = Take(1)[0];
                value |= (ulong)(b & 0x7F) << shift;
                if (b < 0x80)
                    return value;
            }
            throw new InvalidDataException("Not an ONNX file: a number has no end.");
        }

        private ReadOnlySpan<byte> Take(ulong length)
        {
            if (length > (ulong)rest.Length)
                throw new InvalidDataException("Not an ONNX file: it ends too early.");
            var taken = rest[..(int)length];
            rest = rest[(int)length..];
            return taken;
        }
    }
}
