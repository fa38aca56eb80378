namespace Vitrine.Inference;

/// <summary>
/// The operators that a model may use. Left out on purpose: loops, scans, sequences and strings (time and memory without bound), random numbers (a picture would not
/// be a function of its seed), training, and every domain of somebody's own library. A new family may need more; each addition is one word here.
/// </summary>
internal static class AllowedOperators
{
    /// <summary>The most nodes of one graph; the largest of today have some thousands, and optimising takes time for each.</summary>
    public const int MostNodes = 100_000;

    private static readonly HashSet<string> Allowed = new(
        """
        Abs Acos Acosh Add And ArgMax ArgMin Asin Asinh Atan Atanh Attention AveragePool BatchNormalization BitShift BitwiseAnd BitwiseNot BitwiseOr BitwiseXor
        Cast CastLike Ceil Celu CenterCropPad Clip Compress Concat Constant ConstantOfShape Conv ConvInteger ConvTranspose Cos Cosh CumSum DepthToSpace
        DequantizeLinear Div Dropout DynamicQuantizeLinear Einsum Elu Equal Erf Exp Expand EyeLike Flatten Floor Gather GatherElements GatherND Gelu Gemm
        GlobalAveragePool GlobalMaxPool Greater GreaterOrEqual GridSample GroupNormalization HardSigmoid HardSwish Hardmax Identity If InstanceNormalization IsInf IsNaN
        LayerNormalization LeakyRelu Less LessOrEqual Log LogSoftmax LpNormalization LpPool LRN MatMul MatMulInteger Max MaxPool Mean MeanVarianceNormalization Min Mish
        Mod Mul Neg NonZero Not OneHot Or Pad Pow PRelu QLinearConv QLinearMatMul QuantizeLinear RMSNormalization Range Reciprocal ReduceL1 ReduceL2
        ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare Relu Reshape Resize RotaryEmbedding Round ScatterElements
        ScatterND Selu Shape Sigmoid Sign Sin Sinh Size Slice Softmax Softplus Softsign SpaceToDepth Split Sqrt Squeeze Sub Sum Swish Tan Tanh ThresholdedRelu Tile
        TopK Transpose Trilu Unsqueeze Upsample Where Xor
        com.microsoft:Attention com.microsoft:BiasGelu com.microsoft:BiasSplitGelu com.microsoft:BiasAdd com.microsoft:ConvTransposeWithDynamicPads
        com.microsoft:DequantizeLinear com.microsoft:DynamicQuantizeMatMul com.microsoft:EmbedLayerNormalization com.microsoft:FastGelu com.microsoft:FusedConv
        com.microsoft:FusedGemm com.microsoft:FusedMatMul com.microsoft:Gelu com.microsoft:GroupNorm com.microsoft:GroupQueryAttention
        com.microsoft:MatMulBnb4 com.microsoft:MatMulFpQ4 com.microsoft:MatMulIntegerToFloat com.microsoft:MatMulNBits com.microsoft:MultiHeadAttention
        com.microsoft:NhwcConv com.microsoft:PackedAttention com.microsoft:PackedMultiHeadAttention com.microsoft:QAttention com.microsoft:QGemm com.microsoft:QLinearAdd
        com.microsoft:QLinearAveragePool com.microsoft:QLinearConcat com.microsoft:QLinearGlobalAveragePool com.microsoft:QLinearLeakyRelu com.microsoft:QLinearMul
        com.microsoft:QLinearSigmoid com.microsoft:QLinearSoftmax com.microsoft:QuantizeLinear com.microsoft:QuickGelu com.microsoft:RotaryEmbedding
        com.microsoft:SkipGroupNorm com.microsoft:SkipLayerNormalization com.microsoft:SimplifiedLayerNormalization com.microsoft:SkipSimplifiedLayerNormalization
        com.microsoft:NhwcMaxPool com.microsoft:NhwcFusedConv
        """.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries), StringComparer.Ordinal);

    /// <summary>Why a graph may not be loaded, or null.</summary>
    public static string? Refuse(OnnxContents graph) =>
        graph.Nodes > MostNodes ? $"it has {graph.Nodes} nodes; {MostNodes} are allowed."
        : graph.Operators.Where(name => !Allowed.Contains(name)).Order(StringComparer.Ordinal).ToList() is { Count: > 0 } foreign
            ? $"it uses operators that are not allowed: {string.Join(", ", foreign.Take(5))}. Export it without them; the list is in AllowedOperators."
        : null;
}
